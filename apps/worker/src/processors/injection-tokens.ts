/** Injects the engine of the process. */
export const ENGINE = Symbol('engine');
/** Injects the controller whose signal tells work to stop at its next checkpoint. */
export const SHUTDOWN = Symbol('shutdown');
