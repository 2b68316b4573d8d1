package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.cache.CacheRules;
import dev.ledgerstone.ledger.TaskType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A named way to call a model; a row of {@code ai_service_configs}.
 *
 * @param parameters raw JSON values for fields that a request leaves open
 * @param fallbacks names of services, in order
 * @param cache null: its answers are not kept
 */
record ServiceEntry(
    UUID id,
    UUID tenant,
    String name,
    String provider,
    String model,
    Set<TaskType> tasks,
    int priority,
    List<String> fallbacks,
    Map<String, String> parameters,
    @Nullable Integer timeoutMillis,
    int maxRetries,
    @Nullable CacheRules cache) {}
