import postgres from 'postgres';

/** Names and initial values: text, numbers, booleans, JSON, nothing at all. */
const FEATURES: { name: string; initialValue: string | null; enabled?: boolean; variants?: string[] }[] = [
  { name: 'dark_mode', initialValue: null, enabled: true },
  {
    name: 'checkout_layout',
    initialValue: 'classic',
    enabled: true,
    variants: ['one_page', 'wizard', 'express'],
  },
  { name: 'max_cart_items', initialValue: '25', enabled: true },
  { name: 'free_shipping', initialValue: 'true', enabled: true },
  { name: 'banner_text', initialValue: 'Winter sale', enabled: true },
  { name: 'support_chat', initialValue: null },
  { name: 'search_ranking', initialValue: '{"recency": 0.7, "price": 0.3}' },
  { name: 'price_rounding', initialValue: '-2' },
  { name: 'gift_cards', initialValue: 'false' },
  { name: 'greeting', initialValue: 'Grüezi ☃', enabled: true },
  { name: 'fraud_check_level', initialValue: '3', enabled: true },
  { name: 'beta_access', initialValue: null },
];

/** Inserts an organisation and a project with features, as an old Flagsmith holds them. Gives the project's id. */
export async function insertProject(databaseUrl: string): Promise<number> {
  const db = postgres(databaseUrl, { max: 1 });
  try {
    return await insertRows(db);
  } finally {
    await db.end();
  }
}

async function insertRows(db: postgres.Sql): Promise<number> {
  const organisationId = await insert(db, 'organisations_organisation', {
    name: 'Acme',
    has_requested_features: false,
    created_date: yesterday(),
    alerted_over_plan_limit: false,
    stop_serving_flags: false,
    persist_trait_data: true,
    block_access_to_admin: false,
    feature_analytics: false,
    restrict_project_create_to_admin: false,
    force_2fa: false,
  });
  await insert(db, 'organisations_subscription', {
    organisation_id: organisationId,
    max_seats: 1,
    max_api_calls: 50_000,
  });
  const projectId = await insert(db, 'projects_project', {
    name: 'Shop',
    created_date: yesterday(),
    organisation_id: organisationId,
    hide_disabled_flags: false,
    enable_dynamo_db: true,
    prevent_flag_defaults: false,
    enable_realtime_updates: false,
    only_allow_lower_case_feature_names: false,
    max_features_allowed: 400,
    max_segments_allowed: 100,
    max_segment_overrides_allowed: 100,
    identity_overrides_v2_migration_status: 'COMPLETE',
    stale_flags_limit_days: 30,
    enforce_feature_owners: false,
  });
  for (const feature of FEATURES) await insertFeature(db, projectId, feature);
  return projectId;
}

async function insertFeature(
  db: postgres.Sql,
  projectId: number,
  { name, initialValue, enabled = false, variants = [] }: (typeof FEATURES)[number],
): Promise<void> {
  const featureId = await insert(db, 'features_feature', {
    name,
    created_date: yesterday(),
    project_id: projectId,
    initial_value: initialValue,
    default_enabled: enabled,
    type: variants.length > 0 ? 'MULTIVARIATE' : 'STANDARD',
    is_archived: false,
    is_server_key_only: false,
  });
  for (const variant of variants) {
    await insert(db, 'multivariate_multivariatefeatureoption', {
      feature_id: featureId,
      type: 'unicode',
      string_value: variant,
      default_percentage_allocation: 12.5,
    });
  }
}

async function insert(
  db: postgres.Sql,
  table: string,
  columns: Record<string, string | number | boolean | Date | null>,
): Promise<number> {
  const [row] = await db<{ id: number }[]>`
    INSERT INTO ${db(`public.${table}`)} ${db({ uuid: crypto.randomUUID(), ...columns })} RETURNING id`;
  if (!row) throw new Error(`${table} gave no id.`);
  return row.id;
}

/** Old enough that nothing is inferred from missing rows: what the demo shows is what the flags do. */
const yesterday = () => new Date(Date.now() - 86_400_000);
