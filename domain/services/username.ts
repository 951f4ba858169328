/**
 * Names of accounts on panels. A name is a pure function of the service, so whoever repeats a creation asks
 * for the same one, and a lost answer is found again by looking for it.
 */

/** What every panel we know accepts (IN-05): 3 to 16 lower-case letters and digits, a letter first. */
export const USERNAME = /^[a-z][a-z0-9]{2,15}$/;

const SERVICE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** System accounts, and addresses that speak for a whole domain (RFC 2142). Never given to a customer. */
export const RESERVED_USERNAMES: ReadonlySet<string> = new Set(
  `abuse adm admin administrator anonymous apache api apt backup bin billing bind clamav cron cyrus daemon
   databases dbus default directadmin diradmin dns docker dovecot everyone exim ftp ftpd ftpuser games git gopher
   guest halt hostmaster httpd imap info irc ldap list localhost lp mail mailer mailman mailnull man memcached
   messagebus mysql named news nextpanel nfsnobody nginx nobody noc nologin noreply ntp operator oracle owner panel
   pop pop3 postfix postgres postmaster proxy public pterodactyl redis reseller rootadmin root rpc rpcuser rspamd
   sales security shutdown smtp spam sshd ssh ssl staff sudo superadmin superuser support sync sys sysadmin syslog
   system systemd telnet test tomcat tss usenet user users uucp varnish virtual webadmin webmail webmaster wheel
   www wwwdata wwwroot`.split(/\s+/),
);

/** True for a name that may be given to a customer's account. */
export const isUsername = (text: string): boolean => USERNAME.test(text) && !RESERVED_USERNAMES.has(text);

/** No vowels, so that no word appears by chance; none of the pairs 0/o, 1/l/i that people mix up. */
const LETTERS = 'bcdfghjkmnpqrstvwxz';
const SYMBOLS = `${LETTERS}23456789`;
const LENGTH = 12;

/**
 * The name of a service's account: 12 symbols, about 56 bits, "k7h2m9q4t6wx".
 * @param serviceId  UUID, upper or lower case
 * @param attempt    0 for the first choice, then 1, 2, … each time the panel says that the name is taken
 * @throws RangeError when the id is not a UUID or the attempt not a whole number from 0
 */
export function usernameFor(serviceId: string, attempt = 0): string {
  if (!SERVICE_ID.test(serviceId)) throw new RangeError(`"${serviceId}" is not the id of a service`);
  if (!Number.isSafeInteger(attempt) || attempt < 0) throw new RangeError(`${attempt} is not an attempt (0, 1, 2, …)`);
  let bits = mix(`${serviceId.toLowerCase()}/${attempt}`);
  let name = '';
  while (name.length < LENGTH) {
    const from = name === '' ? LETTERS : SYMBOLS;
    const size = BigInt(from.length);
    name += from[Number(bits % size)];
    bits /= size;
  }
  return name;
}

const NAMES_TRIED = 5;

/** All names that a service may get by itself, in the order in which they are tried. */
export const derivedUsernames = (serviceId: string): string[] =>
  Array.from({ length: NAMES_TRIED }, (_, attempt) => usernameFor(serviceId, attempt));

const MASK = 0xffff_ffff_ffff_ffffn;

/**
 * 64 well spread bits of a text: FNV-1a, then the finalizer of SplitMix64, without which neighbouring UUIDv7 look
 * alike. Not for secrets: a name only has to be stable and unlikely to meet another.
 */
function mix(text: string): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const char of text) hash = ((hash ^ BigInt(char.charCodeAt(0))) * 0x100_0000_01b3n) & MASK;
  hash = ((hash ^ (hash >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK;
  hash = ((hash ^ (hash >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK;
  return hash ^ (hash >> 31n);
}
