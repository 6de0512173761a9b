/** A button that asks before it acts, and says what came of it. */
import { useId, useRef, useState } from 'preact/hooks';
import { asFailure } from '../live/resource.js';

interface ConfirmButtonProps {
  label: string;
  /** What it means. */
  question: string;
  /** Rejects with a message for people. */
  act: () => Promise<void>;
  /** It is done. */
  onDone: () => void;
  /** What it acts on, where the label alone does not say. */
  of?: string;
  isDangerous?: boolean;
}

export function ConfirmButton(props: ConfirmButtonProps) {
  const { label, question, act, onDone, of, isDangerous = false } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [isActing, setIsActing] = useState(false);
  const [failure, setFailure] = useState<string>();
  const questionId = useId();
  const confirm = async (): Promise<void> => {
    setIsActing(true);
    setFailure(undefined);
    try {
      await act();
      dialog.current?.close();
      onDone();
    } catch (error) {
      setFailure(asFailure(error).message);
    } finally {
      setIsActing(false);
    }
  };
  return (
    <>
      <button
        type="button"
        class={isDangerous ? 'dangerous' : ''}
        aria-label={of === undefined ? undefined : `${label} ${of}`}
        onClick={() => dialog.current?.showModal()}
      >
        {label}
      </button>
      <dialog ref={dialog} aria-labelledby={questionId} onClose={() => setFailure(undefined)}>
        <p id={questionId}>{question}</p>
        <div role="alert">{failure !== undefined && <p class="banner bad">{failure}</p>}</div>
        <p class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button
            type="button"
            class={isDangerous ? 'dangerous' : 'main'}
            disabled={isActing}
            onClick={() => void confirm()}
          >
            {label}
          </button>
        </p>
      </dialog>
    </>
  );
}
