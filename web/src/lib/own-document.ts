const LOADED = window.location.pathname;

/** Whether this path's document was loaded, with its content security policy, and not only navigated to. */
export const isOwnDocument = (path: string): boolean => path === LOADED;

/** Loads the document of the current path. */
export const loadDocument = () => window.location.reload();
