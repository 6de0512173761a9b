import { plain } from '../../spelling/plain.js';
import type { Finding } from '../advice/finding.js';

const SPOKEN = { bad: 'Fault: ', warn: 'Warning: ', none: '', calm: '', good: '' } as const;

/** What is the matter, and what to do about it. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <ul class="findings">
      {findings.map(({ id, tone, what, todo }) => (
        <li key={id} class={tone} data-finding={id}>
          <p>
            <span class="spoken">{SPOKEN[tone]}</span>
            <WithCode text={what} />
          </p>
          {todo !== undefined && (
            <p class="todo">
              <strong>What to do:</strong> <WithCode text={todo} />
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What stands between backticks is to be typed. */
function WithCode({ text }: { text: string }) {
  return (
    <>
      {plain(text)
        .split('`')
        .map((part, index) => (index % 2 === 0 ? part : <code key={index}>{part}</code>))}
    </>
  );
}
