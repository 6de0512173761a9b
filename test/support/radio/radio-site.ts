/** A site with radios: virtual modems at ptys and in the network, the built gateway, and devices behind them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cleanup } from '../cleanup.js';
import { type Sections, Site, udpLink } from '../site.js';
import { Field } from './field.js';
import type { FieldKind } from './kinds.js';

export interface PlannedLink {
  name: string;
  kind: FieldKind;
  /** Behind a device server in place of a pty. */
  inNetwork?: boolean;
  /** In place of what the kind says. */
  keys?: object;
  /** Before it is plugged in. */
  prepare?: (field: Field) => void;
}

/** A device of ours hears again at once. */
const TURNAROUND = '5ms';
/** Of pino. */
const WARNING = 40;

export class RadioSite {
  private constructor(
    readonly site: Site,
    /** With names as of /dev/ttyUSB0. */
    readonly folder: string,
    private readonly fields: ReadonlyMap<string, Field>,
    private readonly cleanup: Cleanup,
  ) {}

  /** A link for UDP is there too, named `lan`. */
  static async start(plans: readonly PlannedLink[], sections: Sections = {}): Promise<RadioSite> {
    const cleanup = new Cleanup();
    try {
      const folder = cleanup.add(mkdtempSync(join(tmpdir(), 'mqttsn-radio-')), (path) =>
        rmSync(path, { recursive: true, force: true }),
      );
      const fields = new Map<string, Field>();
      const links = await Promise.all(
        plans.map(async ({ name, kind, inNetwork, keys, prepare }, number) => {
          const field = cleanup.add(new Field(kind), (one) => one.stop());
          fields.set(name, field);
          prepare?.(field);
          const port = inNetwork
            ? await field.inNetwork()
            : await field.atPty(join(folder, `ttyUSB${number}`), join(folder, 'by-id', name));
          return { name, type: 'serial', port, turnaround: TURNAROUND, ...kind.link, ...keys };
        }),
      );
      const site = cleanup.add(
        await Site.start(
          { mode: 'aggregating', version: 5 },
          {
            sections: {
              links: [udpLink(), ...links],
              http: { listen: '127.0.0.1:0' },
              ...sections,
            },
          },
        ),
        (one) => one.dispose(),
      );
      return new RadioSite(site, folder, fields, cleanup);
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  field(link: string): Field {
    const field = this.fields.get(link);
    if (field === undefined) throw new Error(`there is no link "${link}"`);
    return field;
  }

  /** What the log warns of that link, each as code and message. */
  warnings(link: string): string[] {
    return this.site.daemon.lines
      .filter((line) => line['link'] === link && Number(line['level']) >= WARNING)
      .map(({ code, msg }) => `${code} ${msg}`);
  }

  /** Ends everything. Fails unless the gateway ends as it should. */
  async stop(): Promise<void> {
    await this.site.sweep();
    try {
      await this.site.daemon.stop();
    } finally {
      await this.cleanup.run();
    }
  }

  /** Ends everything, however the gateway is. */
  readonly dispose = async (): Promise<void> => {
    await this.site.sweep();
    await this.cleanup.run();
  };
}
