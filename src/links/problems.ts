/** What the system's error codes mean for a link, in words. */

/** Why a link cannot listen on `address`, and what to do. */
export function bindProblem(
  name: string,
  address: string,
  { code, message }: NodeJS.ErrnoException,
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `link "${name}": ${address} is in use by another program; stop it or choose another port (links[].listen)`;
    case 'EACCES':
      return `link "${name}": no permission to listen on ${address}; ports below 1024 need more rights, choose a higher one`;
    case 'EADDRNOTAVAIL':
      return `link "${name}": this machine has no address ${address}; 0.0.0.0 or [::] listens on all`;
    default:
      return `link "${name}": cannot listen on ${address}: ${message}`;
  }
}

/** Why a link cannot hear the multicast group at `address`, which may be over soon. */
export function groupProblem(name: string, address: string, error: NodeJS.ErrnoException): string {
  return `link "${name}" cannot join the multicast group ${address}: ${groupReason(error)}. It is tried again; until it works devices cannot search for the gateway`;
}

function groupReason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program has the port for itself (links[].multicast.port)';
    case 'ENODEV':
    case 'EADDRNOTAVAIL':
    case 'ENETUNREACH':
      return 'the network is not up, or has no such interface (links[].multicast.interface)';
    case 'EINVAL':
      return 'it needs an interface that is there (links[].multicast.interface; for IPv6 as ::%eth0)';
    default:
      return message;
  }
}
