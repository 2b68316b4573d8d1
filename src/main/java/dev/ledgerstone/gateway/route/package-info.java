/**
 * Where a call goes, and where it had better not: tasks, strategies, breakers, keys, queues.
 *
 * <p>Owns what this node has seen of each upstream: it is in memory, made anew at each start, and
 * never asks a database. Promises: moves load away from what fails within a second and back when it
 * recovers; never refuses a call that has nowhere else to go, but for a time that the upstream
 * itself asked for. Asks ledger for its words, nobody else.
 */
@NullMarked
package dev.ledgerstone.gateway.route;

import org.jspecify.annotations.NullMarked;
