/**
 * What other systems are told: webhooks, as <a href="https://www.standardwebhooks.com">Standard
 * Webhooks</a> has them.
 *
 * <p>Owns the tables {@code webhook_endpoints} and {@code webhook_deliveries}. Promises: an event
 * arrives at each endpoint that wants it at least once, those of one row one after another; a
 * receiver that hangs delays no other; nothing is sent to addresses of private networks unless that
 * was allowed. Asks events, access, audit, and the gateway's sockets out.
 */
@NullMarked
package dev.ledgerstone.notify;

import org.jspecify.annotations.NullMarked;
