/** The largest of recent values: of the latest hour or two, so that one bad day does not stay for years. */
import { HOUR_MS } from './limits.js';

export class RecentWorst {
  private current = 0;
  private before = 0;
  private hour = 0;

  add(value: number, now: number): void {
    this.turn(now);
    this.current = Math.max(this.current, value);
  }

  value(now: number): number {
    this.turn(now);
    return Math.max(this.current, this.before);
  }

  private turn(now: number): void {
    const hour = Math.floor(now / HOUR_MS);
    if (hour === this.hour) return;
    this.before = hour === this.hour + 1 ? this.current : 0;
    this.current = 0;
    this.hour = hour;
  }
}
