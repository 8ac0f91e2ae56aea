// Which of the frame's dialogs is open.

import { createStore } from "./store.js";

export const tokenDialog = createStore(false);
export const helpDialog = createStore(false);
