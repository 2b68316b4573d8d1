package dev.ledgerstone.gateway.limits;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a call, and of what model: everything by which it can be limited.
 *
 * @param user null: nobody that is known
 * @param apiKey null: the call came without a key, by a session
 * @param ip the client's address as {@link java.net.InetAddress#getHostAddress} writes it
 * @param model {@code provider/model} as the server knows it; not any text of a caller, or each
 *     text has a bucket of its own. Policies name it so, or by the bare model
 */
public record Subjects(
    UUID tenant,
    @Nullable UUID user,
    @Nullable UUID apiKey,
    @Nullable String ip,
    @Nullable String model) {}
