package dev.ledgerstone.gateway.prompts;

import static dev.ledgerstone.db.schema.Tables.AGENTS;
import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;
import static dev.ledgerstone.db.schema.Tables.PROMPT_TEMPLATES;
import static dev.ledgerstone.db.schema.Tables.PROMPT_VERSIONS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Every tenant's prompts and agents as they are now, in memory; a tenant's own go before the
 * platform's. Immutable.
 */
public final class PromptBook {
  /** The label of the newest version; it cannot be given to another. */
  public static final String LATEST = "latest";

  /** The label that is meant where a request names none; without it the newest version is. */
  public static final String PRODUCTION = "production";

  private record Name(UUID tenant, String name) {}

  private final Map<Name, NavigableMap<Integer, PromptVersion>> prompts;
  private final Map<Name, Agent> agents;

  private PromptBook(
      Map<Name, NavigableMap<Integer, PromptVersion>> prompts, Map<Name, Agent> agents) {
    this.prompts = prompts;
    this.agents = agents;
  }

  /** Reads them all. */
  public static PromptBook load(Database database) {
    return database.read(sql -> new PromptBook(prompts(sql), agents(sql)));
  }

  private static Map<Name, NavigableMap<Integer, PromptVersion>> prompts(DSLContext sql) {
    Map<Name, NavigableMap<Integer, PromptVersion>> prompts = new HashMap<>();
    sql.select(
            PROMPT_TEMPLATES.TENANT_ID,
            PROMPT_TEMPLATES.NAME,
            PROMPT_VERSIONS.ID,
            PROMPT_VERSIONS.NUMBER,
            PROMPT_VERSIONS.BODY,
            PROMPT_VERSIONS.VARIABLES,
            PROMPT_VERSIONS.LABELS)
        .from(PROMPT_TEMPLATES)
        .join(PROMPT_VERSIONS)
        .on(
            PROMPT_VERSIONS
                .TENANT_ID
                .eq(PROMPT_TEMPLATES.TENANT_ID)
                .and(PROMPT_VERSIONS.TEMPLATE_ID.eq(PROMPT_TEMPLATES.ID)))
        .where(PROMPT_TEMPLATES.DELETED_AT.isNull())
        .forEach(
            row ->
                prompts
                    .computeIfAbsent(new Name(row.value1(), row.value2()), _ -> new TreeMap<>())
                    .put(
                        row.value4(),
                        new PromptVersion(
                            row.value3(),
                            row.value4(),
                            row.value5(),
                            variables(row.value6()),
                            texts(row.value7()))));
    return prompts;
  }

  /** {@code "name"} or {@code {"name": …, "default": …}}. */
  static List<PromptVersion.Variable> variables(JsonNode array) {
    List<PromptVersion.Variable> variables = new ArrayList<>();
    for (JsonNode each : array) {
      JsonNode fallback = each.get("default");
      variables.add(
          new PromptVersion.Variable(
              each.isTextual() ? each.asText() : each.path("name").asText(),
              fallback == null || fallback.isNull() ? null : text(fallback)));
    }
    return variables;
  }

  /** How a variable's value is written into a prompt: text as it is, all else as JSON. */
  static String text(JsonNode value) {
    return value.isTextual() ? value.asText() : value.toString();
  }

  private static Set<String> texts(JsonNode array) {
    Set<String> texts = new HashSet<>();
    array.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  private static Map<Name, Agent> agents(DSLContext sql) {
    Map<Name, Agent> agents = new HashMap<>();
    sql.select(AGENTS.asterisk(), AI_SERVICE_CONFIGS.NAME.as("service"))
        .from(AGENTS)
        .leftJoin(AI_SERVICE_CONFIGS)
        .on(
            AI_SERVICE_CONFIGS
                .TENANT_ID
                .eq(AGENTS.TENANT_ID)
                .and(AI_SERVICE_CONFIGS.ID.eq(AGENTS.SERVICE_CONFIG_ID)))
        .where(AGENTS.DELETED_AT.isNull())
        .and(AGENTS.IS_ACTIVE.isTrue())
        .forEach(
            row -> {
              JsonNode limits = row.get(AGENTS.LIMITS);
              Agent agent =
                  new Agent(
                      row.get(AGENTS.ID),
                      row.get(AGENTS.TENANT_ID),
                      row.get(AGENTS.NAME),
                      row.get(AGENTS.SYSTEM_PROMPT),
                      row.get("service", String.class),
                      row.get(AGENTS.TOOLS),
                      row.get(AGENTS.TEMPERATURE),
                      limit(limits, "max_output_tokens"),
                      limit(limits, "max_cost_nanos"),
                      limit(limits, "max_steps"));
              agents.put(new Name(agent.tenant(), agent.name()), agent);
            });
    return agents;
  }

  /** A whole number above zero; null: what else it is bounds nothing. */
  private static @Nullable Long limit(JsonNode limits, String name) {
    JsonNode most = limits.path(name);
    return most.canConvertToLong() && most.isIntegralNumber() && most.asLong() > 0
        ? (Long) most.asLong()
        : null;
  }

  /** Whether there is any agent. */
  public boolean hasAgents() {
    return !agents.isEmpty();
  }

  /** A prompt's versions by their numbers; null if the tenant can name no such prompt. */
  @Nullable NavigableMap<Integer, PromptVersion> prompt(UUID tenant, String name) {
    NavigableMap<Integer, PromptVersion> own = prompts.get(new Name(tenant, name));
    return own != null ? own : prompts.get(new Name(Tenants.PLATFORM, name));
  }

  /** The names of the prompts that a tenant can name. */
  List<String> names(UUID tenant) {
    return prompts.keySet().stream()
        .filter(name -> name.tenant.equals(tenant) || name.tenant.equals(Tenants.PLATFORM))
        .map(Name::name)
        .distinct()
        .sorted()
        .toList();
  }

  /** An agent by its name. */
  public @Nullable Agent agent(UUID tenant, String name) {
    Agent own = agents.get(new Name(tenant, name));
    return own != null ? own : agents.get(new Name(Tenants.PLATFORM, name));
  }

  /** The agents that a tenant can name, by name. */
  public List<Agent> agents(UUID tenant) {
    return agents.values().stream()
        .filter(agent -> agent.tenant().equals(tenant) || agent.tenant().equals(Tenants.PLATFORM))
        .filter(agent -> agent.equals(agent(tenant, agent.name())))
        .sorted(Comparator.comparing(Agent::name))
        .toList();
  }
}
