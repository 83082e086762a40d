/**
 * The statement that copies rows of one of Flagsmith's tables. What `set` gives as SQL is the copy's own, all other
 * columns are those of `source`.
 */
export const copyRows = (table: string, set: Record<string, string>, where: string, more = ''): string => `
  INSERT INTO public.${table}
  SELECT (jsonb_populate_record(source, jsonb_build_object(${Object.entries(set)
    .map(([column, value]) => `'${column}', ${value}`)
    .join(', ')}))).*
  FROM public.${table} AS source ${more} WHERE ${where}`;
