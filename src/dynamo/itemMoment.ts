import type { ItemOrder } from './unlessNewer.js';

/** When the item's rows were read: UTC text, microseconds. An order ends with it, behind timeline, epoch and version. */
export const momentOf = ({ order }: ItemOrder): string => order.split('.').slice(3).join('.');
