package dev.ledgerstone.cli.config;

import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.schema.tables.records.AiServiceConfigsRecord;
import dev.ledgerstone.settings.Config;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;

/** The section {@code services}. */
record Services(Diff diff, Names names) {
  void apply(List<Config.Service> wishes) {
    wishes.forEach(this::service);
  }

  private void service(Config.Service wish) {
    UUID tenant = names.tenant(wish.tenant());
    AiServiceConfigsRecord row =
        diff.sql()
            .fetchOne(
                AI_SERVICE_CONFIGS,
                AI_SERVICE_CONFIGS
                    .TENANT_ID
                    .eq(tenant)
                    .and(AI_SERVICE_CONFIGS.NAME.eq(wish.name()))
                    .and(AI_SERVICE_CONFIGS.DELETED_AT.isNull()));
    boolean isNew = row == null;
    if (row == null) {
      row = diff.sql().newRecord(AI_SERVICE_CONFIGS);
      row.setId(Ids.next());
      row.setTenantId(tenant);
      row.setName(wish.name());
      row.setCreatedAt(diff.now());
      row.setIsActive(true);
      row.setVersion(1L);
    }
    diff.set(row, AI_SERVICE_CONFIGS.PROVIDER, wish.provider());
    diff.set(row, AI_SERVICE_CONFIGS.MODEL, wish.model());
    diff.set(row, AI_SERVICE_CONFIGS.MODEL_TYPE, wish.modelType().name());
    diff.set(
        row,
        AI_SERVICE_CONFIGS.TASK_TYPES,
        Diff.array(wish.taskTypes().stream().map(Enum::name).toList()));
    diff.set(row, AI_SERVICE_CONFIGS.FALLBACKS, Diff.array(wish.fallbacks()));
    diff.set(row, AI_SERVICE_CONFIGS.CONFIGURATION, configuration(wish));
    diff.set(row, AI_SERVICE_CONFIGS.PARAMETERS, wish.parameters());
    diff.set(row, AI_SERVICE_CONFIGS.PRIORITY, wish.priority());
    diff.set(row, AI_SERVICE_CONFIGS.WEIGHT, wish.weight());
    diff.set(row, AI_SERVICE_CONFIGS.ROUTING_STRATEGY, wish.routing().name());
    diff.set(
        row,
        AI_SERVICE_CONFIGS.TIMEOUT_MILLIS,
        wish.timeout() == null ? null : Math.toIntExact(wish.timeout().toMillis()));
    diff.set(row, AI_SERVICE_CONFIGS.MAX_RETRIES, wish.retries());
    diff.set(row, AI_SERVICE_CONFIGS.MAX_CONCURRENCY, wish.maxConcurrency());
    diff.store(row, isNew, AI_SERVICE_CONFIGS.UPDATED_AT, AI_SERVICE_CONFIGS.VERSION);
  }

  /** What has no column of its own; the gateway's {@code CatalogStore} reads it. */
  private static ObjectNode configuration(Config.Service wish) {
    ObjectNode configuration = JsonNodeFactory.instance.objectNode();
    if (wish.cacheTtl() != null) {
      ObjectNode cache = configuration.putObject("cache");
      cache.put("ttl_millis", wish.cacheTtl().toMillis());
      BigDecimal threshold = wish.cacheThreshold();
      if (threshold != null) {
        if (threshold.compareTo(BigDecimal.ONE) == 0) {
          cache.put("semantic", true);
        } else {
          cache.put("semantic", threshold);
        }
      }
    }
    Config.Queue queue = wish.queue();
    if (queue != null) {
      configuration
          .putObject("queue")
          .put("length", queue.length())
          .put("wait_millis", queue.patience().toMillis());
    }
    if (wish.hedgeAfter() != null) {
      configuration.put("hedge_after_millis", wish.hedgeAfter().toMillis());
    }
    if (!wish.scores().isEmpty()) {
      configuration.set("scores", wish.scores());
    }
    if (!wish.rule().isEmpty()) {
      configuration.set("rule", wish.rule());
    }
    return configuration;
  }
}
