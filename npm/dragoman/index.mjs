import dragoman from './index.js';

export const { startDragoman, binaryPath } = dragoman;
export default dragoman;
