/** What the system's error codes mean for the HTTP server, in words. */

/** Why the server cannot listen on `address`, and what to do. */
export function listenProblem(address: string, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return `http: ${address} is in use by another program; stop it or choose another port (http.listen)`;
    case 'EACCES':
      return `http: no permission to listen on ${address}; ports below 1024 need more rights, choose a higher one`;
    case 'EADDRNOTAVAIL':
      return `http: this machine has no address ${address}; 127.0.0.1 is always there, 0.0.0.0 or [::] listens on all`;
    default:
      return `http: cannot listen on ${address}: ${message}`;
  }
}
