import { z } from '@hono/zod-openapi';
import { asNobody } from '#db/acting.ts';
import { auditRequest, type Parts } from '../http/context.ts';
import { json, LinkToken } from '../contracts/common.ts';
import { PanelPasswordLink, PanelPasswordSet, SetPanelPassword } from '../contracts/panel-password.ts';
import { linkNotGood, Problem, unavailable } from '../http/problem.ts';
import { createRoute, router } from '../http/router.ts';
import { findLink, giveLinkBack, takeInitialPassword, useLink, type PasswordLink } from './write-panel-password.ts';

const look = createRoute({
  method: 'get',
  path: '/panel-password/{token}',
  access: { actor: 'anonymous' },
  summary: 'Whether a link from the welcome mail is still good. Looking does not use it, whoever scans mails',
  request: { params: z.strictObject({ token: LinkToken }) },
  responses: { 200: { description: 'Good or not', content: json(PanelPasswordLink) } },
});

const set = createRoute({
  method: 'post',
  path: '/panel-password',
  access: { actor: 'anonymous' },
  summary: 'Set the password of the account on the panel, once per link',
  request: { body: { required: true, content: json(SetPanelPassword) } },
  responses: {
    200: {
      description: 'Set; or the initial one, where the panel lets nobody set one',
      content: json(PanelPasswordSet),
    },
    404: { description: 'The link is not good, or not any more' },
    409: { description: 'The panel lets nobody set a password, and the initial one was shown before' },
    503: { description: 'The panel cannot be reached now; the link is still good' },
  },
});

type Answer = { outcome: 'set' | 'not_possible' };

/** The link is the proof: whoever received the mail. It is in the body, so that no log and no proxy keeps it. */
export const panelPasswordRoutes = ({ orm, sealer, temporal }: Pick<Parts, 'orm' | 'sealer' | 'temporal'>) =>
  router()
    .openapi(look, async (c) => {
      const link = await asNobody(orm, (em) => findLink(em, c.req.valid('param').token, c.get('asOf')));
      return c.json({ good: !!link, service: link?.reference ?? null, username: link?.username ?? null }, 200);
    })
    .openapi(set, async (c) => {
      const { token, password } = c.req.valid('json');
      const asOf = c.get('asOf');
      const explain = (link: PasswordLink, action: string) => ({
        action,
        object: { type: 'service', id: link.serviceId },
        customerId: link.customerId,
      });

      const { link, secretId } = await asNobody(orm, async (em) => {
        const found = await findLink(em, token, asOf, true);
        if (!found) throw linkNotGood();
        auditRequest(c, em, explain(found, 'service.password_change_sent'));
        return { link: found, secretId: await useLink(em, sealer, found, password, asOf) };
      });

      const { serviceId, username, panelUrl: panel_url } = link;
      let answer: Answer;
      try {
        const args = [{ serviceId, secretId }];
        answer = await temporal.executeActivity<Answer>('setServicePassword', args, `service-password/${secretId}`);
      } catch (error) {
        await asNobody(orm, (em) => giveLinkBack(em, link));
        throw unavailable(
          'panel_unavailable',
          'The panel did not take the password now. Try again in a minute; your link is still good.',
          60,
          error,
        );
      }
      if (answer.outcome === 'set') return c.json({ outcome: 'set' as const, username, panel_url }, 200);

      const initial = await asNobody(orm, async (em) => {
        const taken = await takeInitialPassword(em, sealer, link);
        if (taken) auditRequest(c, em, explain(link, 'service.initial_password_revealed'));
        return taken;
      });
      if (initial) return c.json({ outcome: 'revealed' as const, username, panel_url, initial_password: initial }, 200);
      throw new Problem(
        409,
        'password_not_possible',
        'The panel lets nobody set a password from outside, and the initial one was shown before. Use “forgot password” on the panel, or write to us.',
      );
    });
