/** The requests that the page makes: one method for each operation of src/http/api/operations.ts that it uses. */
import { segmentOf } from '../../spelling/segment.js';
import type { Configuration } from '../../http/api/schema/config.js';
import type { Buffered, Device, Devices } from '../../http/api/schema/devices.js';
import type { Frames } from '../../http/api/schema/frames.js';
import type { Log } from '../../http/api/schema/log.js';
import type { LoginState } from '../../http/api/schema/login.js';
import type { Overview } from '../../http/api/schema/overview.js';
import type { Problem, ProblemCode } from '../../http/api/schema/problem.js';
import type { TopicIds, Topics } from '../../http/api/schema/topics.js';
import type { State } from '../text/states.js';

/** A request that was not done, and why, in words for people. */
export class Failure extends Error {
  constructor(
    readonly code: ProblemCode | 'no-connection',
    message: string,
  ) {
    super(message);
  }
}

/** Which devices; without anything: as many as one answer has. */
export type DevicesQuestion = Readonly<{
  client?: readonly string[];
  q?: string;
  state?: readonly State[];
  offset?: number;
  limit?: number;
}>;

type Query = Record<string, string | number | readonly string[] | undefined>;

/** Paths are relative, so that the page also works below a path of a reverse proxy. */
export class Api {
  /** `onTokenRequired`: the gateway does not know us, or not any more. */
  constructor(private readonly onTokenRequired: () => void) {}

  readonly loginState = (): Promise<LoginState> => this.get('login');
  readonly logIn = (token: string): Promise<void> => this.send('POST', 'login', { token });
  readonly logOut = (): Promise<void> => this.send('POST', 'logout');
  readonly overview = (): Promise<Overview> => this.get('overview');
  readonly devices = (query: DevicesQuestion): Promise<Devices> =>
    this.get(`devices${queryText({ ...query })}`);
  readonly device = (client: string): Promise<Device> => this.get(pathOf(client));
  readonly buffer = (client: string): Promise<Buffered> => this.get(`${pathOf(client)}/buffer`);
  readonly frames = (client: string, after: number, limit: number): Promise<Frames> =>
    this.get(`${pathOf(client)}/frames${queryText({ after, limit })}`);
  readonly topics = (): Promise<Topics> => this.get('topics');
  readonly topicIds = (query: Query): Promise<TopicIds> =>
    this.get(`topics/ids${queryText(query)}`);
  readonly configuration = (): Promise<Configuration> => this.get('config');
  readonly log = (query: Query): Promise<Log> => this.get(`log${queryText(query)}`);
  readonly clearBuffer = (client: string): Promise<void> =>
    this.send('DELETE', `${pathOf(client)}/buffer`);
  readonly removeMessage = (client: string, id: number): Promise<void> =>
    this.send('DELETE', `${pathOf(client)}/buffer/${id}`);
  readonly act = (client: string, action: 'disconnect' | 'forget' | 'approve'): Promise<void> =>
    this.send('POST', `${pathOf(client)}/${action}`);

  private async get<T>(path: string): Promise<T> {
    const answer = await this.request(path, {});
    return (await answer.json()) as T;
  }

  private async send(method: 'POST' | 'DELETE', path: string, body: object = {}): Promise<void> {
    const headers = { 'Content-Type': 'application/json' };
    await this.request(path, { method, headers, body: JSON.stringify(body) });
  }

  private async request(path: string, init: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(`api/${path}`, init);
    } catch {
      throw new Failure('no-connection', 'The gateway does not answer.');
    }
    if (answer.ok) return answer;
    const failure = await failureOf(answer);
    if (failure.code === 'token-required') this.onTokenRequired();
    throw failure;
  }
}

const pathOf = (client: string): string => `devices/${segmentOf(client)}`;

/** With its question mark; empty without parameters. */
export function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value ?? []].flat()) parameters.append(name, String(one));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

async function failureOf(answer: Response): Promise<Failure> {
  try {
    const { error } = (await answer.json()) as Problem;
    return new Failure(error.code, error.message);
  } catch {
    // Not from the gateway: a proxy in between.
    return new Failure('internal', `Something answers ${answer.status} in place of the gateway.`);
  }
}
