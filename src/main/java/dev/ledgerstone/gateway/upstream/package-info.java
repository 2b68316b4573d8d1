/**
 * HTTP/1.1 to upstreams: pooled connections, one exchange at a time on each, nothing buffered
 * whole.
 *
 * <p>Owns the sockets that go out. Promises: a failure says whether a byte of the request can have
 * been taken; nothing that an upstream may have seen is sent twice; a cancel closes the socket at
 * once, in whatever phase the call is. Every provider sends through it; asks gateway.provider only.
 * Why it is built on httpcore's blocking classes: docs/adr/0002-upstream-client.md.
 */
@NullMarked
package dev.ledgerstone.gateway.upstream;

import org.jspecify.annotations.NullMarked;
