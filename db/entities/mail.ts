import { defineEntity, p } from '@mikro-orm/postgresql';

const NoticeSchema = defineEntity({
  name: 'Notice',
  properties: {
    id: p.uuid().primary(),
    key: p.text(),
    kind: p.text(),
    customerId: p.uuid().nullable(),
    orderId: p.uuid().nullable(),
    recipient: p.text(),
    subject: p.text(),
    createdAt: p.datetime(),
    sentAt: p.datetime().nullable(),
    serverAnswer: p.text().nullable(),
  },
});
export class Notice extends NoticeSchema.class {}
NoticeSchema.setClass(Notice);

export const mailEntities = [NoticeSchema];
