/** The order of lists for which Flagsmith takes whatever PostgreSQL returns; equal rows must give an equal document. */
export const byId = (a: { id: number }, b: { id: number }): number => a.id - b.id;
