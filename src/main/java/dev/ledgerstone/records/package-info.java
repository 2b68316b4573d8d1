/**
 * The records API: {@code /rest/v1/{table}} over every table, in PostgREST's protocol.
 *
 * <p>One pipeline, one direction, pure but for the query: request, plan, query, response. Promises:
 * no answer holds another tenant's row, a row or a column that the caller may not see; one SQL
 * statement a request. Asks catalogue, request, plan and query for the stages, http and access.
 */
@NullMarked
package dev.ledgerstone.records;

import org.jspecify.annotations.NullMarked;
