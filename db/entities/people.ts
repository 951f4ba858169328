import { defineEntity, p } from '@mikro-orm/postgresql';

const CustomerSchema = defineEntity({
  name: 'Customer',
  properties: {
    id: p.uuid().primary(),
    reference: p.text(),
    email: p.text(),
    name: p.text(),
    company: p.text().nullable(),
    /** ISO 3166-1, two capitals. */
    country: p.text(),
    /** Fixed with the first order; all of a customer's money is of it. */
    currency: p.text().nullable(),
    createdAt: p.datetime(),
  },
});
export class Customer extends CustomerSchema.class {}
CustomerSchema.setClass(Customer);

const UserAccountSchema = defineEntity({
  name: 'UserAccount',
  properties: {
    id: p.uuid().primary(),
    kind: p.text().$type<'customer' | 'staff'>(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id').nullable(),
    email: p.text(),
    name: p.text(),
    /** argon2id, PHC form. Read only where it is asked for: who may not read it reads the rest. */
    passwordHash: p.text().lazy(),
    role: p.text().$type<'super_admin' | 'support'>().nullable(),
    disabledAt: p.datetime().nullable(),
    /** Null of a customer's user from before addresses were confirmed: he signs in after he has opened a mailed link. */
    emailConfirmedAt: p.datetime().nullable(),
    /** Staff in the sandbox may do without once. */
    secondFactorPutOffAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});
export class UserAccount extends UserAccountSchema.class {}
UserAccountSchema.setClass(UserAccount);

const SessionSchema = defineEntity({
  name: 'Session',
  properties: {
    id: p.uuid().primary(),
    /** SHA-256 of the cookie's value. */
    tokenHash: p.blob().lazy(),
    userId: () => p.manyToOne(UserAccount).mapToPk().joinColumn('user_id'),
    createdAt: p.datetime(),
    lastSeenAt: p.datetime(),
    /** When he last gave his password, and his code. */
    authenticatedAt: p.datetime(),
    /** Of staff in the sandbox who put it off. */
    withoutSecondFactor: p.boolean().default(false),
    idleUntil: p.datetime(),
    expiresAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    network: p.text().nullable(),
    userAgent: p.text().nullable(),
  },
});
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);

export type OneTimePurpose = 'staff_setup' | 'panel_password' | AccountLinkPurpose;
/** What a link in a mail about an account is good for. */
export type AccountLinkPurpose = 'confirm_address' | 'password_reset' | 'invitation';

const OneTimeTokenSchema = defineEntity({
  name: 'OneTimeToken',
  properties: {
    id: p.uuid().primary(),
    purpose: p.text().$type<OneTimePurpose>(),
    tokenHash: p.blob().lazy(),
    userId: p.uuid().nullable(),
    serviceId: p.uuid().nullable(),
    requestId: p.uuid().nullable(),
    invitedCustomerId: p.uuid().nullable(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
});
export class OneTimeToken extends OneTimeTokenSchema.class {}
OneTimeTokenSchema.setClass(OneTimeToken);

const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    keyHash: p.blob().lazy(),
    scopes: p.array(),
    allowedNetworks: p.array(),
    userId: p.uuid().nullable(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
    expiresAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    /** The key it was made with, which it does not outlive. */
    madeByKeyId: p.uuid().nullable(),
  },
});
export class ApiKey extends ApiKeySchema.class {}
ApiKeySchema.setClass(ApiKey);

export const peopleEntities = [CustomerSchema, UserAccountSchema, SessionSchema, OneTimeTokenSchema, ApiKeySchema];
