package dev.ledgerstone.records.catalogue;

import java.util.List;
import java.util.Map;

/** Traits of tables whose comments say none: views, whose comments the generator does not see. */
final class Fallback {
  private static final Map<String, List<String>> WORDS =
      Map.ofEntries(
          Map.entry("tenants", List.of("identity", "readonly")),
          Map.entry("users", List.of("identity", "readonly")),
          Map.entry("user_profiles", List.of("identity", "readonly")),
          Map.entry("user_sessions", List.of("identity", "readonly")),
          Map.entry("session_activities", List.of("identity", "readonly")),
          Map.entry("roles", List.of("identity", "readonly", "shared")),
          Map.entry("role_permissions", List.of("identity", "readonly", "shared")),
          Map.entry("api_keys", List.of("identity", "readonly")),
          Map.entry("api_key_usage", List.of("identity", "readonly")),
          Map.entry("companies", List.of("identity", "readonly")),
          Map.entry("ai_providers", List.of("gateway", "readonly", "shared")),
          Map.entry("ai_models", List.of("gateway", "readonly", "shared")),
          Map.entry("model_prices", List.of("gateway", "readonly", "shared")),
          Map.entry("ai_service_configs", List.of("gateway", "readonly", "shared")),
          Map.entry("ai_service_config", List.of("gateway", "readonly", "shared")),
          Map.entry("prompt_templates", List.of("gateway", "readonly")),
          Map.entry("prompt_versions", List.of("gateway", "readonly")),
          Map.entry("agents", List.of("gateway", "readonly")),
          Map.entry("rate_limit_policies", List.of("gateway", "readonly")),
          Map.entry("rate_limit_bypasses", List.of("gateway", "readonly")),
          Map.entry("conversations", List.of("chat", "readonly")),
          Map.entry("messages", List.of("chat", "readonly")),
          Map.entry("ai_requests", List.of("ledger", "readonly")),
          Map.entry("ai_request_bodies", List.of("ledger", "readonly")),
          Map.entry("ai_request_log", List.of("ledger", "readonly")),
          Map.entry("usage_logs", List.of("ledger", "readonly")),
          Map.entry("request_feedback", List.of("ledger", "readonly")),
          Map.entry("request_scores", List.of("ledger", "readonly")),
          Map.entry("budgets", List.of("ledger", "readonly")),
          Map.entry("budget_periods", List.of("ledger", "readonly")),
          Map.entry("budget_alerts", List.of("ledger", "readonly")),
          Map.entry("user_budgets", List.of("ledger", "readonly")),
          Map.entry("cost_tracking", List.of("ledger", "readonly")),
          Map.entry("events", List.of("events", "readonly")));

  private Fallback() {}

  /** What is not known is not served. */
  static List<String> words(String table) {
    return WORDS.getOrDefault(table, List.of("none", "hidden"));
  }

  static boolean isSecret(String column) {
    return column.endsWith("_hash") || column.equals("credential") || column.startsWith("sealed_");
  }
}
