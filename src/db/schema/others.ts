import { bigint, boolean, integer, pgTable, text, uuid, varchar } from 'drizzle-orm/pg-core';
import { bigId, id, timestamptz } from './columns.js';

// Read by nothing here: these rows exist around a document and must never change one. Tests load them for that.

/** People who sign in to Flagsmith. */
export const users = pgTable('users_ffadminuser', {
  id: id(),
  password: varchar('password', { length: 128 }).notNull(),
  lastLogin: timestamptz('last_login'),
  isSuperuser: boolean('is_superuser').notNull(),
  username: varchar('username', { length: 150 }),
  firstName: varchar('first_name', { length: 150 }).notNull(),
  lastName: varchar('last_name', { length: 150 }).notNull(),
  email: varchar('email', { length: 254 }).notNull(),
  isStaff: boolean('is_staff').notNull(),
  isActive: boolean('is_active').notNull(),
  dateJoined: timestamptz('date_joined').notNull(),
  googleUserId: varchar('google_user_id', { length: 50 }),
  githubUserId: varchar('github_user_id', { length: 50 }),
  marketingConsentGiven: boolean('marketing_consent_given').notNull(),
  signUpType: varchar('sign_up_type', { length: 100 }),
  uuid: uuid('uuid').notNull(),
  onboardingData: text('onboarding_data'),
});

/** Django's list of models, which metadata refers to. */
export const contentTypes = pgTable('django_content_type', {
  id: id(),
  appLabel: varchar('app_label', { length: 100 }).notNull(),
  model: varchar('model', { length: 100 }).notNull(),
});

/** Fields an organisation has thought of for its objects. Not in the document. */
export const metadataFields = pgTable('metadata_metadatafield', {
  id: bigId(),
  uuid: uuid('uuid').notNull(),
  name: varchar('name', { length: 255 }).notNull(),
  type: varchar('type', { length: 255 }).notNull(),
  description: text('description'),
  organisationId: integer('organisation_id').notNull(),
  projectId: integer('project_id'),
});

/** Which kind of object has which metadata field. */
export const metadataModelFields = pgTable('metadata_metadatamodelfield', {
  id: bigId(),
  uuid: uuid('uuid').notNull(),
  contentTypeId: integer('content_type_id').notNull(),
  fieldId: bigint('field_id', { mode: 'number' }).notNull(),
});

/** The value of a metadata field for one object. */
export const metadata = pgTable('metadata_metadata', {
  id: bigId(),
  uuid: uuid('uuid').notNull(),
  objectId: integer('object_id').notNull(),
  fieldValue: text('field_value').notNull(),
  contentTypeId: integer('content_type_id').notNull(),
  modelFieldId: bigint('model_field_id', { mode: 'number' }).notNull(),
});
