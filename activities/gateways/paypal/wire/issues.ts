/**
 * PayPal's issue codes and what each asks of us. Pure; only `details[].issue` counts, since names are
 * families and descriptions change. Source: PayPal's published OpenAPI files of Orders v2 and Payments v2, and its pages of
 * errors of Payment Method Tokens v3.
 */

export type IssueClass =
  | 'transient'
  | 'soft'
  | 'customer_action'
  | 'stop_order'
  | 'hard'
  | 'merchant'
  | 'bug'
  | 'already_done';

/** Mildest first. `already_done` is last: whatever else is wrong, another payment must not be made. */
const STRICTNESS: readonly IssueClass[] = [
  'transient',
  'soft',
  'customer_action',
  'stop_order',
  'hard',
  'merchant',
  'bug',
  'already_done',
];

const TABLE: Record<IssueClass, string> = {
  transient: 'PREVIOUS_REQUEST_IN_PROGRESS',
  soft: 'INSTRUMENT_DECLINED TRANSACTION_REFUSED PAYMENT_SOURCE_DECLINED_BY_PROCESSOR TRANSACTION_LIMIT_EXCEEDED',
  customer_action: 'PAYER_ACTION_REQUIRED REDIRECT_PAYER_FOR_ALTERNATE_FUNDING ORDER_NOT_APPROVED',
  stop_order: 'MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED',
  hard: `PAYER_ACCOUNT_LOCKED_OR_CLOSED PAYER_ACCOUNT_RESTRICTED PAYER_CANNOT_PAY TOKEN_ID_NOT_FOUND
    IDENTIFIER_NOT_FOUND TOKEN_EXPIRED AGREEMENT_ALREADY_CANCELLED BILLING_AGREEMENT_NOT_FOUND
    MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE CARD_EXPIRED REFERENCED_CARD_EXPIRED PAYMENT_SOURCE_CANNOT_BE_USED`,
  merchant: `COMPLIANCE_VIOLATION TRANSACTION_RECEIVING_LIMIT_EXCEEDED TRANSACTION_BLOCKED_BY_PAYEE PERMISSION_DENIED
    CONSENT_NEEDED DOMESTIC_TRANSACTION_REQUIRED`,
  bug: `AMOUNT_MISMATCH ITEM_TOTAL_MISMATCH TAX_TOTAL_MISMATCH DECIMAL_PRECISION DECIMALS_NOT_SUPPORTED
    CANNOT_BE_ZERO_OR_NEGATIVE INVALID_CURRENCY_CODE MULTI_CURRENCY_ORDER PAYPAL_REQUEST_ID_REQUIRED
    PAYPAL_REQUEST_ID_PREVIOUSLY_USED INCOMPATIBLE_PARAMETER_VALUE`,
  already_done: `ORDER_ALREADY_CAPTURED ORDER_COMPLETION_IN_PROGRESS DUPLICATE_INVOICE_ID
    SETUP_TOKEN_ALREADY_TOKENIZED`,
};

const CLASS_OF = new Map(
  Object.entries(TABLE).flatMap(([name, codes]) => codes.split(/\s+/).map((code) => [code, name as IssueClass])),
);

/** Families: every code that starts so is about the account that receives. */
const MERCHANT_FAMILY = /^(PAYEE_|NOT_ENABLED_)/;

/** A code nobody wrote down yet: on 422 a decline like any other, on 400 a mistake of ours, on 403 a missing right. */
function unknownIssue(httpStatus: number): IssueClass {
  if (httpStatus === 403) return 'merchant';
  if (httpStatus === 422) return 'soft';
  return 'bug';
}

/** @param httpStatus  of the reply; null when none came */
export function classify(issues: readonly string[], httpStatus: number | null): IssueClass {
  if (httpStatus === null || httpStatus === 429 || httpStatus >= 500) return 'transient';
  const classes = issues.map(
    (issue) => CLASS_OF.get(issue) ?? (MERCHANT_FAMILY.test(issue) ? 'merchant' : unknownIssue(httpStatus)),
  );
  if (classes.length === 0) return unknownIssue(httpStatus);
  return classes.reduce((a, b) => (STRICTNESS.indexOf(b) > STRICTNESS.indexOf(a) ? b : a));
}

/** The one code staff should see: the first of the strictest class. */
export function decisiveIssue(issues: readonly string[], httpStatus: number | null): string | undefined {
  const wanted = classify(issues, httpStatus);
  return issues.find((issue) => classify([issue], httpStatus) === wanted) ?? issues[0];
}
