package dev.ledgerstone.compliance;

import static dev.ledgerstone.db.schema.Tables.COMPLIANCE_REPORTS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.compliance.Control.Framework;
import dev.ledgerstone.db.schema.tables.records.ComplianceReportsRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * Judges a tenant's controls over a period, and keeps what that rests on.
 *
 * @param keyDays how old a key may be, and for how long unused
 * @param geography whether anybody knows where addresses are, in words
 */
record Report(
    String title, Framework framework, Instant from, Instant to, int keyDays, String geography) {
  private static final Set<String> SERIOUS = Set.of("HIGH", "CRITICAL");

  /** Makes it and stores it. */
  ComplianceReportsRecord make(DSLContext sql, Actor actor, Instant now) {
    UUID tenant = actor.tenant();
    ObjectNode content = content(new Facts(sql, tenant, from, to, now));
    ArrayNode findings = findings(content);
    int passed = Facts.list(findings, it -> is(it, "PASS"), JsonNode::asText).size();
    ComplianceReportsRecord row = sql.newRecord(COMPLIANCE_REPORTS);
    row.setId(Ids.next());
    row.setTenantId(tenant);
    row.setTitle(title);
    row.setFramework(framework.name());
    row.setStatus("COMPLETED");
    row.setPeriodStart(from);
    row.setPeriodEnd(to);
    row.setParameters(JsonNodeFactory.instance.objectNode().put("key_max_age_days", keyDays));
    row.setContent(content);
    row.setFindings(findings);
    row.setSummary(passed + " of " + findings.size() + " controls pass");
    row.setScore(100.0 * passed / findings.size());
    row.setCompletedAt(now);
    row.setCreatedAt(now);
    row.setUpdatedAt(now);
    row.set(COMPLIANCE_REPORTS.CREATED_BY, actor.user());
    Audit.store(sql, actor, row, true, now);
    return sql.fetchSingle(COMPLIANCE_REPORTS, COMPLIANCE_REPORTS.ID.eq(row.getId()));
  }

  private ObjectNode content(Facts facts) {
    ObjectNode content = JsonNodeFactory.instance.objectNode();
    content.set("log", facts.log());
    content.set("changes", facts.changes());
    content.set("file_accesses", facts.fileAccesses());
    content.set("retention", facts.retention());
    content.set("failed_retention_runs", facts.failedRuns());
    content.set("keys", facts.keys());
    content.set("security_events", facts.securityEvents());
    content.set("forms", facts.forms());
    content.put("geography", geography);
    return content;
  }

  private ArrayNode findings(ObjectNode content) {
    ArrayNode findings = JsonNodeFactory.instance.arrayNode();
    JsonNode log = content.path("log");
    int unsealed = log.path("unsealed").asInt();
    add(
        findings,
        Control.LOGGED,
        unsealed == 0,
        List.of(
            log.path("entries").asInt() + " entries",
            unsealed + " that wait for their seal for over a minute"));
    judge(
        findings,
        Control.RETENTION,
        Facts.list(
            rows(content, "retention"),
            it -> !it.path("kept").asBoolean(),
            it ->
                it.path("table").asText()
                    + " holds rows since "
                    + it.path("oldest_at").asText()
                    + ", to be kept "
                    + it.path("keep_days").asInt()
                    + " days"));
    judge(
        findings,
        Control.RETENTION_RUNS,
        Facts.list(
            rows(content, "failed_retention_runs"),
            _ -> true,
            it -> it.path("table").asText() + " at " + it.path("started_at").asText()));
    ArrayNode keys = rows(content, "keys");
    judge(
        findings,
        Control.KEYS_ROTATED,
        Facts.list(
            keys,
            it -> it.path("age_days").asLong() > keyDays,
            it -> named(it) + " is " + it.path("age_days").asLong() + " days old"));
    String bound = to.minus(Duration.ofDays(keyDays)).toString();
    judge(
        findings,
        Control.KEYS_USED,
        Facts.list(
            keys,
            it ->
                it.path("age_days").asLong() > keyDays
                    && (it.path("last_used_at").isNull()
                        || it.path("last_used_at").asText().compareTo(bound) < 0),
            it -> named(it) + " was last used " + it.path("last_used_at").asText("never")));
    judge(
        findings,
        Control.EVENTS_RESOLVED,
        Facts.list(
            rows(content, "security_events"),
            it -> SERIOUS.contains(it.path("severity").asText()) && it.path("open").asInt() > 0,
            it -> it.path("open").asInt() + " of kind " + it.path("kind").asText() + " are open"));
    return findings;
  }

  private static String named(JsonNode key) {
    return key.path("name").asText() + " (" + key.path("prefix").asText() + "…)";
  }

  private static ArrayNode rows(ObjectNode content, String name) {
    return (ArrayNode) content.path(name);
  }

  private static boolean is(JsonNode finding, String result) {
    return finding.path("result").asText().equals(result);
  }

  private void judge(ArrayNode findings, Control control, List<String> faults) {
    add(findings, control, faults.isEmpty(), faults);
  }

  private void add(ArrayNode findings, Control control, boolean passes, List<String> evidence) {
    ArrayNode lines =
        findings
            .addObject()
            .put("control", control.name(framework))
            .put("check", control.name())
            .put("title", control.title())
            .put("result", passes ? "PASS" : "FAIL")
            .putArray("evidence");
    evidence.forEach(lines::add);
  }
}
