/** What code says behind our back: Node prints it on the operator's terminal. */
export function withWarnings<T>(call: () => T): { result: T; warnings: unknown[] } {
  const warnings: unknown[] = [];
  const before = process.emitWarning.bind(process);
  process.emitWarning = (warning: unknown) => warnings.push(warning);
  try {
    return { result: call(), warnings };
  } finally {
    process.emitWarning = before;
  }
}
