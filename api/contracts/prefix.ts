/** Where our own API lies. What older systems spoke under /api/v1 keeps that address. */
export const API_PREFIX = '/api/v2';
