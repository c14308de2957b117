/** Equal to package.json's (a test holds them together); reading the file would cost every boot a disk access. */
export const GATEWAY_VERSION = '0.1.0';
