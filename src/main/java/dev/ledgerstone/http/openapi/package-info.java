/**
 * What the server says of itself: {@code /openapi.json} (OpenAPI 3.1) and {@code /docs}, its
 * viewer.
 *
 * <p>Each room describes its routes beside them, in an {@code openapi.yaml} of its package; here
 * they are put together, completed with what all routes have in common, and narrowed to what the
 * server serves and a caller may see. Promises: only what is served is described; the same caller
 * gets the same bytes. Asks http; knows no other room.
 */
@NullMarked
package dev.ledgerstone.http.openapi;

import org.jspecify.annotations.NullMarked;
