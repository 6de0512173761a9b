/** The shape of test/scenarios/*.json; README.md there says what each step means. */
export {};
