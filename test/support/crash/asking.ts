/** A device's requests: one at a time, each repeated until its answer comes. */
import type { Message } from '../../../src/codec/index.js';

/** T_retry: short, because a test waits for it after each crash. */
export const RETRY_MS = 300;

/** It was repeated as often as was allowed. */
export class NoAnswer extends Error {}

interface Question {
  request: Message;
  isAnswer: (message: Message) => boolean;
  answer: () => void;
  fail: (error: Error) => void;
  timer: NodeJS.Timeout;
  repeats: number;
}

export class Asking {
  private question: Question | undefined;

  constructor(private readonly send: (message: Message) => void) {}

  /** Sends it, and again, with DUP where there is one, after each T_retry. Resolves with the number of repeats. */
  ask(
    request: Message,
    isAnswer: (message: Message) => boolean,
    repeatsMax = Number.POSITIVE_INFINITY,
  ): Promise<number> {
    const repeated: Message = 'dup' in request ? { ...request, dup: true } : request;
    return new Promise((resolve, reject) => {
      const question: Question = {
        request,
        isAnswer,
        answer: () => resolve(question.repeats),
        fail: reject,
        repeats: 0,
        timer: setTimeout(() => {
          if (question.repeats >= repeatsMax) return this.fail(new NoAnswer());
          question.repeats++;
          this.send(repeated);
          question.timer.refresh();
        }, RETRY_MS),
      };
      this.question = question;
      this.send(request);
    });
  }

  /** Returns whether the message is the answer that was waited for. */
  hear(message: Message): boolean {
    const { question } = this;
    // Whoever gets what it woke up for does not ask again (SN 6.14).
    if (question?.request.type === 'PINGREQ') question.timer.refresh();
    if (!question?.isAnswer(message)) return false;
    this.end()?.answer();
    return true;
  }

  /** There will be no answer. */
  fail(error: Error): void {
    this.end()?.fail(error);
  }

  private end(): Question | undefined {
    const { question } = this;
    this.question = undefined;
    clearTimeout(question?.timer);
    return question;
  }
}
