import type { Buffered } from '../../http/api/schema/devices.js';
import { bytesText } from '../text/spans.js';

type Shown = Buffered['messages'][number]['payload'];

/** What a message says, or its beginning. */
export function Payload({ payload: { bytes, hex, text, isCut } }: { payload: Shown }) {
  if (bytes === 0) return <span class="quiet">empty</span>;
  return (
    <>
      <code class="payload">
        {text ?? hex}
        {isCut && '…'}
      </code>{' '}
      <span class="quiet">{bytesText(bytes)}</span>
    </>
  );
}
