package dev.ledgerstone.records;

import static dev.ledgerstone.db.schema.Tables.AGENTS;
import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;
import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.BUDGETS;
import static dev.ledgerstone.db.schema.Tables.CONVERSATIONS;
import static dev.ledgerstone.db.schema.Tables.CUSTOMERS;
import static dev.ledgerstone.db.schema.Tables.CUSTOMER_SEGMENTS;
import static dev.ledgerstone.db.schema.Tables.CUSTOMER_SEGMENT_MEMBERS;
import static dev.ledgerstone.db.schema.Tables.MESSAGES;
import static dev.ledgerstone.db.schema.Tables.PROMPT_TEMPLATES;
import static dev.ledgerstone.db.schema.Tables.PROMPT_VERSIONS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static dev.ledgerstone.db.schema.Tables.USER_PROFILES;

import dev.ledgerstone.access.Secrets;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.JsonBinding;
import java.time.Instant;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Two tenants whose rows have the same names, and ids that can be read: those of the first end in
 * digits, those of the second begin with ff.
 */
final class Fixture {
  static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678901Z");
  static final UUID ACME = id(1);
  static final UUID RIVAL = rival(1);

  private final DSLContext sql;

  private Fixture(DSLContext sql) {
    this.sql = sql;
  }

  static UUID id(int number) {
    return new UUID(0x7001L, 0x8000_0000_0000_0000L + Long.parseLong(Integer.toString(number), 16));
  }

  static UUID rival(int number) {
    return new UUID(0xff00_0000_0000_7001L, id(number).getLeastSignificantBits());
  }

  static void load(Database database) {
    database.write(
        sql -> {
          new Fixture(sql).all();
          return null;
        });
  }

  private void all() {
    tenant(ACME, "acme");
    tenant(RIVAL, "rival");
    user(ACME, id(11), "ann", "OWNER", "ann-key-0001", "[\"*\"]");
    user(ACME, id(12), "max", "MEMBER", "max-key-0001", "[\"*\"]");
    user(ACME, id(13), "vic", "VIEWER", "vic-key-0001", "[\"*\"]");
    user(ACME, id(14), "ned", "OWNER", "ned-key-0001", "[\"chat.conversations:read\"]");
    user(RIVAL, rival(11), "ann", "OWNER", "bob-key-0001", "[\"*\"]");
    profile(ACME, id(11), "Ann", "Owner");
    profile(RIVAL, rival(11), "Rival", "Spy");
    service(
        ACME,
        id(21),
        "chat",
        "glm-4.5",
        "[\"CHAT\",\"GENERAL\"]",
        "{\"temperature\": 0.2, \"stop\": [\"a\", \"b\"], \"deep\": {\"on\": true, \"n\": null}}",
        null);
    service(
        ACME,
        id(22),
        "code",
        "glm-4.5-air",
        "[\"CODE_GENERATION\"]",
        "{\"temperature\": 1, \"big\": 9007199254740993}",
        null);
    service(ACME, id(23), "old", "glm-4.5", "[]", "{}", NOW);
    service(RIVAL, rival(21), "chat", "glm-4.5", "[\"CHAT\"]", "{}", null);
    agent(ACME, id(31), "helper", id(21), "[\"search\",\"code\"]", "{\"max\": 5}");
    agent(RIVAL, rival(31), "helper", rival(21), "[\"search\"]", "{}");
    conversation(ACME, id(41), id(11), "Alpha", id(21), id(31), 0.25, "ACTIVE", true, null);
    conversation(ACME, id(42), id(12), "Beta", null, null, null, "ACTIVE", false, null);
    conversation(
        ACME, id(43), id(11), "Gamma, (x) \"y\"", id(22), null, 1.5, "ARCHIVED", false, null);
    conversation(ACME, id(44), id(11), "Deleted", id(21), null, null, "CLOSED", false, NOW);
    conversation(ACME, id(45), id(13), null, id(23), null, 0.0, "ACTIVE", false, null);
    conversation(
        RIVAL, rival(41), rival(11), "Alpha", rival(21), rival(31), 0.5, "ACTIVE", true, null);
    message(ACME, id(51), id(41), 1, "SYSTEM", "Be kind", null, 10L, 0L);
    message(ACME, id(52), id(41), 2, "USER", "Hello World", id(51), 20L, 100L);
    message(ACME, id(53), id(41), 3, "ASSISTANT", "hello there", id(52), 30L, 250L);
    message(ACME, id(54), id(42), 1, "USER", "Ünïcode % _ wörld", null, null, null);
    message(ACME, id(55), id(44), 1, "USER", "gone", null, 5L, 5L);
    message(RIVAL, rival(51), rival(41), 1, "USER", "rival words", null, 7L, 777L);
    template(ACME, id(61), "greet");
    version(ACME, id(62), id(61), 1, "Hi {name}", "[\"old\"]");
    version(ACME, id(63), id(61), 2, "Hello {name}", "[\"production\",\"latest\"]");
    template(RIVAL, rival(61), "greet");
    version(RIVAL, rival(62), rival(61), 1, "Rival {name}", "[\"production\"]");
    budget(ACME, id(71), id(11), "all", 5_000_000_000L);
    budget(ACME, id(72), id(12), "max", 9_007_199_254_740_993L);
    segment(ACME, id(81), "loyal");
    segment(ACME, id(82), "new");
    customer(ACME, id(83), "Cara");
    customer(ACME, id(84), "Carl");
    member(ACME, id(85), id(81), id(83));
    member(ACME, id(86), id(82), id(83));
    segment(RIVAL, rival(81), "rival words");
    customer(RIVAL, rival(83), "rival words");
    member(RIVAL, rival(85), rival(81), rival(83));
    budget(RIVAL, rival(71), rival(11), "all", 1L);
  }

  private void tenant(UUID id, String slug) {
    sql.insertInto(TENANTS)
        .set(TENANTS.ID, id)
        .set(TENANTS.SLUG, slug)
        .set(TENANTS.NAME, slug)
        .set(TENANTS.CREATED_AT, NOW)
        .set(TENANTS.UPDATED_AT, NOW)
        .execute();
  }

  private void user(UUID tenant, UUID id, String name, String role, String key, String scopes) {
    sql.insertInto(USERS)
        .set(USERS.ID, id)
        .set(USERS.TENANT_ID, tenant)
        .set(USERS.USERNAME, name)
        .set(USERS.USERNAME_KEY, name)
        .set(USERS.PASSWORD_HASH, "secret-hash")
        .set(USERS.ROLE, role)
        .set(USERS.CREATED_AT, NOW)
        .set(USERS.UPDATED_AT, NOW)
        .execute();
    sql.insertInto(API_KEYS)
        .set(
            API_KEYS.ID, new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits() + 0x70))
        .set(API_KEYS.TENANT_ID, tenant)
        .set(API_KEYS.USER_ID, id)
        .set(API_KEYS.NAME, name)
        .set(API_KEYS.PREFIX, key.substring(0, 4))
        .set(API_KEYS.KEY_HASH, Secrets.hash(key))
        .set(API_KEYS.SCOPES, JsonBinding.parse(scopes))
        .set(API_KEYS.CREATED_AT, NOW)
        .set(API_KEYS.UPDATED_AT, NOW)
        .execute();
  }

  private void profile(UUID tenant, UUID user, String name, String title) {
    sql.insertInto(USER_PROFILES)
        .set(USER_PROFILES.USER_ID, user)
        .set(USER_PROFILES.TENANT_ID, tenant)
        .set(USER_PROFILES.DISPLAY_NAME, name)
        .set(USER_PROFILES.JOB_TITLE, title)
        .set(USER_PROFILES.CREATED_AT, NOW)
        .set(USER_PROFILES.UPDATED_AT, NOW)
        .execute();
  }

  private void service(
      UUID tenant,
      UUID id,
      String name,
      String model,
      String tasks,
      String parameters,
      @Nullable Instant deleted) {
    sql.insertInto(AI_SERVICE_CONFIGS)
        .set(AI_SERVICE_CONFIGS.ID, id)
        .set(AI_SERVICE_CONFIGS.TENANT_ID, tenant)
        .set(AI_SERVICE_CONFIGS.NAME, name)
        .set(AI_SERVICE_CONFIGS.PROVIDER, "zai")
        .set(AI_SERVICE_CONFIGS.MODEL, model)
        .set(AI_SERVICE_CONFIGS.TASK_TYPES, JsonBinding.parse(tasks))
        .set(AI_SERVICE_CONFIGS.PARAMETERS, JsonBinding.parse(parameters))
        .set(AI_SERVICE_CONFIGS.CREATED_AT, NOW)
        .set(AI_SERVICE_CONFIGS.UPDATED_AT, NOW)
        .set(AI_SERVICE_CONFIGS.DELETED_AT, deleted)
        .execute();
  }

  private void agent(UUID tenant, UUID id, String name, UUID service, String tools, String limits) {
    sql.insertInto(AGENTS)
        .set(AGENTS.ID, id)
        .set(AGENTS.TENANT_ID, tenant)
        .set(AGENTS.NAME, name)
        .set(AGENTS.SERVICE_CONFIG_ID, service)
        .set(AGENTS.TOOLS, JsonBinding.parse(tools))
        .set(AGENTS.LIMITS, JsonBinding.parse(limits))
        .set(AGENTS.CREATED_AT, NOW)
        .set(AGENTS.UPDATED_AT, NOW)
        .execute();
  }

  private void conversation(
      UUID tenant,
      UUID id,
      UUID user,
      @Nullable String title,
      @Nullable UUID service,
      @Nullable UUID agent,
      @Nullable Double temperature,
      String status,
      boolean isPinned,
      @Nullable Instant deleted) {
    sql.insertInto(CONVERSATIONS)
        .set(CONVERSATIONS.ID, id)
        .set(CONVERSATIONS.TENANT_ID, tenant)
        .set(CONVERSATIONS.USER_ID, user)
        .set(CONVERSATIONS.TITLE, title)
        .set(CONVERSATIONS.SERVICE_CONFIG_ID, service)
        .set(CONVERSATIONS.AGENT_ID, agent)
        .set(CONVERSATIONS.TEMPERATURE, temperature)
        .set(CONVERSATIONS.STATUS, status)
        .set(CONVERSATIONS.IS_PINNED, isPinned)
        .set(CONVERSATIONS.CREATED_AT, NOW.plusSeconds(id.getLeastSignificantBits() & 0xff))
        .set(CONVERSATIONS.UPDATED_AT, NOW)
        .set(CONVERSATIONS.DELETED_AT, deleted)
        .execute();
  }

  private void message(
      UUID tenant,
      UUID id,
      UUID conversation,
      long sequence,
      String role,
      String text,
      @Nullable UUID parent,
      @Nullable Long tokens,
      @Nullable Long cost) {
    sql.insertInto(MESSAGES)
        .set(MESSAGES.ID, id)
        .set(MESSAGES.TENANT_ID, tenant)
        .set(MESSAGES.CONVERSATION_ID, conversation)
        .set(MESSAGES.SEQUENCE, sequence)
        .set(MESSAGES.ROLE, role)
        .set(
            MESSAGES.CONTENT,
            JsonBinding.parse("[{\"type\": \"text\", \"text\": \"" + text + "\"}]"))
        .set(MESSAGES.PARENT_ID, parent)
        .set(MESSAGES.INPUT_TOKENS, tokens)
        .set(MESSAGES.COST_NANOS, cost)
        .set(MESSAGES.CREATED_AT, NOW)
        .set(MESSAGES.UPDATED_AT, NOW)
        .execute();
  }

  private void template(UUID tenant, UUID id, String name) {
    sql.insertInto(PROMPT_TEMPLATES)
        .set(PROMPT_TEMPLATES.ID, id)
        .set(PROMPT_TEMPLATES.TENANT_ID, tenant)
        .set(PROMPT_TEMPLATES.NAME, name)
        .set(PROMPT_TEMPLATES.CREATED_AT, NOW)
        .set(PROMPT_TEMPLATES.UPDATED_AT, NOW)
        .execute();
  }

  private void version(
      UUID tenant, UUID id, UUID template, int number, String body, String labels) {
    sql.insertInto(PROMPT_VERSIONS)
        .set(PROMPT_VERSIONS.ID, id)
        .set(PROMPT_VERSIONS.TENANT_ID, tenant)
        .set(PROMPT_VERSIONS.TEMPLATE_ID, template)
        .set(PROMPT_VERSIONS.NUMBER, number)
        .set(PROMPT_VERSIONS.BODY, body)
        .set(PROMPT_VERSIONS.LABELS, JsonBinding.parse(labels))
        .set(PROMPT_VERSIONS.CREATED_AT, NOW)
        .set(PROMPT_VERSIONS.UPDATED_AT, NOW)
        .execute();
  }

  private void budget(UUID tenant, UUID id, UUID by, String name, long limit) {
    sql.insertInto(BUDGETS)
        .set(BUDGETS.ID, id)
        .set(BUDGETS.TENANT_ID, tenant)
        .set(BUDGETS.NAME, name)
        .set(BUDGETS.SCOPE_KIND, "TENANT")
        .set(BUDGETS.SCOPE, "")
        .set(BUDGETS.PERIOD, "MONTHLY")
        .set(BUDGETS.LIMIT_NANOS, limit)
        .set(BUDGETS.CREATED_BY, by)
        .set(BUDGETS.CREATED_AT, NOW)
        .set(BUDGETS.UPDATED_AT, NOW)
        .execute();
  }

  private void segment(UUID tenant, UUID id, String name) {
    sql.insertInto(CUSTOMER_SEGMENTS)
        .set(CUSTOMER_SEGMENTS.ID, id)
        .set(CUSTOMER_SEGMENTS.TENANT_ID, tenant)
        .set(CUSTOMER_SEGMENTS.NAME, name)
        .set(CUSTOMER_SEGMENTS.CREATED_AT, NOW)
        .set(CUSTOMER_SEGMENTS.UPDATED_AT, NOW)
        .execute();
  }

  private void customer(UUID tenant, UUID id, String name) {
    sql.insertInto(CUSTOMERS)
        .set(CUSTOMERS.ID, id)
        .set(CUSTOMERS.TENANT_ID, tenant)
        .set(CUSTOMERS.NUMBER, name)
        .set(CUSTOMERS.NAME, name)
        .set(CUSTOMERS.CREATED_AT, NOW)
        .set(CUSTOMERS.UPDATED_AT, NOW)
        .execute();
  }

  private void member(UUID tenant, UUID id, UUID segment, UUID customer) {
    sql.insertInto(CUSTOMER_SEGMENT_MEMBERS)
        .set(CUSTOMER_SEGMENT_MEMBERS.ID, id)
        .set(CUSTOMER_SEGMENT_MEMBERS.TENANT_ID, tenant)
        .set(CUSTOMER_SEGMENT_MEMBERS.SEGMENT_ID, segment)
        .set(CUSTOMER_SEGMENT_MEMBERS.CUSTOMER_ID, customer)
        .set(CUSTOMER_SEGMENT_MEMBERS.CREATED_AT, NOW)
        .set(CUSTOMER_SEGMENT_MEMBERS.UPDATED_AT, NOW)
        .execute();
  }
}
