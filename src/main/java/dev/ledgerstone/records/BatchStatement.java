package dev.ledgerstone.records;

import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.request.Query;

/**
 * One statement of a batch.
 *
 * @param number from 1
 * @param isTold whether its rows are answered
 */
record BatchStatement(int number, String method, WritePlan plan, Query query, boolean isTold) {}
