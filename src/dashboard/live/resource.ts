/** Something that is asked for, shown, and asked for again. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Failure } from './api.js';

/** What has failed is asked for again so much later. */
const RETRY_MS = 5000;

export interface Resource<T> {
  /** The latest answer; stays while the next one is awaited. */
  value: T | undefined;
  /** Why there is no newer answer. */
  failure: Failure | undefined;
  /** Asks again. While a question is open, one more follows it, whoever asks how often. */
  reload: () => void;
}

/** `ask` has to be the same function as long as the question is (`useCallback`). */
export function useResource<T>(ask: () => Promise<T>): Resource<T> {
  const [state, setState] = useState<Pick<Resource<T>, 'value' | 'failure'>>({
    value: undefined,
    failure: undefined,
  });
  const turn = useRef({ ask, isOpen: false, isWantedAgain: false });
  const reload = useCallback(() => {
    const mine = turn.current;
    if (mine.isOpen) {
      mine.isWantedAgain = true;
      return;
    }
    mine.isOpen = true;
    mine.isWantedAgain = false;
    const settle = (result: { value?: T; failure?: Failure }): void => {
      mine.isOpen = false;
      // Meanwhile the component may show something else, or nothing any more.
      if (turn.current !== mine) return;
      setState(({ value }) => ({ value: result.value ?? value, failure: result.failure }));
      if (mine.isWantedAgain) reload();
    };
    mine.ask().then(
      (value) => settle({ value }),
      (error: unknown) => settle({ failure: asFailure(error) }),
    );
  }, []);
  useEffect(() => {
    turn.current = { ask, isOpen: false, isWantedAgain: false };
    setState({ value: undefined, failure: undefined });
    reload();
    return () => {
      turn.current = { ask, isOpen: false, isWantedAgain: false };
    };
  }, [ask, reload]);
  const { failure } = state;
  useEffect(() => {
    // Of a device that is not known events tell when it is.
    if (failure === undefined || failure.code === 'unknown-device') return undefined;
    const timer = setTimeout(reload, RETRY_MS);
    return () => clearTimeout(timer);
  }, [failure, reload]);
  return { ...state, reload };
}

export function asFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure('internal', String(error));
}
