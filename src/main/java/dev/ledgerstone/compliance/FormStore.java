package dev.ledgerstone.compliance;

import static dev.ledgerstone.db.schema.Tables.FORM_TEMPLATES;
import static dev.ledgerstone.db.schema.Tables.FORM_TEMPLATE_VERSIONS;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.FormTemplateVersionsRecord;
import dev.ledgerstone.db.schema.tables.records.FormTemplatesRecord;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Forms and their versions, of which the published ones never change. */
final class FormStore {
  private FormStore() {}

  /** A form, about to be changed: versions are numbered under its lock. */
  static FormTemplatesRecord locked(DSLContext sql, UUID tenant, UUID id) {
    return found(
        Dialect.locked(
                sql,
                sql.selectFrom(FORM_TEMPLATES)
                    .where(FORM_TEMPLATES.TENANT_ID.eq(tenant))
                    .and(FORM_TEMPLATES.ID.eq(id))
                    .and(FORM_TEMPLATES.DELETED_AT.isNull()))
            .fetchOne(),
        id);
  }

  private static FormTemplatesRecord found(@Nullable FormTemplatesRecord row, UUID id) {
    if (row == null) {
      throw new RequestProblem.NotFound("form", id.toString()).exception();
    }
    return row;
  }

  static FormTemplatesRecord require(DSLContext sql, UUID tenant, UUID id) {
    return found(
        sql.fetchOne(
            FORM_TEMPLATES,
            FORM_TEMPLATES
                .TENANT_ID
                .eq(tenant)
                .and(FORM_TEMPLATES.ID.eq(id))
                .and(FORM_TEMPLATES.DELETED_AT.isNull())),
        id);
  }

  static List<FormTemplateVersionsRecord> versions(DSLContext sql, FormTemplatesRecord form) {
    return sql.selectFrom(FORM_TEMPLATE_VERSIONS)
        .where(FORM_TEMPLATE_VERSIONS.TENANT_ID.eq(form.getTenantId()))
        .and(FORM_TEMPLATE_VERSIONS.TEMPLATE_ID.eq(form.getId()))
        .orderBy(FORM_TEMPLATE_VERSIONS.NUMBER)
        .fetch();
  }

  /** The next version, a draft. */
  static FormTemplateVersionsRecord draft(
      DSLContext sql,
      Actor actor,
      FormTemplatesRecord form,
      ObjectNode schema,
      ObjectNode layout,
      @Nullable String summary,
      Instant now) {
    Integer last =
        sql.select(DSL.max(FORM_TEMPLATE_VERSIONS.NUMBER))
            .from(FORM_TEMPLATE_VERSIONS)
            .where(FORM_TEMPLATE_VERSIONS.TENANT_ID.eq(form.getTenantId()))
            .and(FORM_TEMPLATE_VERSIONS.TEMPLATE_ID.eq(form.getId()))
            .fetchSingle()
            .value1();
    FormTemplateVersionsRecord row = sql.newRecord(FORM_TEMPLATE_VERSIONS);
    row.setId(Ids.next());
    row.setTenantId(form.getTenantId());
    row.setTemplateId(form.getId());
    row.setNumber(last == null ? 1 : last + 1);
    row.setSchema(schema);
    row.setLayout(layout);
    row.set(FORM_TEMPLATE_VERSIONS.CHANGE_SUMMARY, summary);
    row.setVersion(1L);
    row.setCreatedAt(now);
    row.setUpdatedAt(now);
    row.set(FORM_TEMPLATE_VERSIONS.CREATED_BY, actor.user());
    Audit.store(sql, actor, row, true, now);
    return row;
  }

  /** Puts a draft in the place of what was published: one version of a form at a time is. */
  static FormTemplateVersionsRecord publish(
      DSLContext sql, Actor actor, FormTemplatesRecord form, int number, Instant now) {
    List<FormTemplateVersionsRecord> versions = versions(sql, form);
    FormTemplateVersionsRecord chosen =
        versions.stream()
            .filter(it -> it.getNumber() == number)
            .findFirst()
            .orElseThrow(
                () -> new RequestProblem.NotFound("version", Integer.toString(number)).exception());
    if (chosen.getPublishedAt() != null) {
      throw new RequestProblem.Conflict(
              "version " + number + " was published already",
              "make a new version, and publish that")
          .exception();
    }
    retire(sql, actor, versions, now);
    chosen.setPublishedAt(now);
    touch(sql, actor, chosen, now);
    status(sql, actor, form, "PUBLISHED", now);
    return chosen;
  }

  /** Nobody is to fill the form in any more. */
  static void retire(DSLContext sql, Actor actor, FormTemplatesRecord form, Instant now) {
    retire(sql, actor, versions(sql, form), now);
    status(sql, actor, form, "RETIRED", now);
  }

  private static void retire(
      DSLContext sql, Actor actor, List<FormTemplateVersionsRecord> versions, Instant now) {
    for (FormTemplateVersionsRecord version : versions) {
      if (version.getPublishedAt() != null && version.getRetiredAt() == null) {
        version.setRetiredAt(now);
        touch(sql, actor, version, now);
      }
    }
  }

  private static void touch(
      DSLContext sql, Actor actor, FormTemplateVersionsRecord row, Instant now) {
    row.setVersion(row.getVersion() + 1);
    row.setUpdatedAt(now);
    Audit.store(sql, actor, row, false, now);
  }

  private static void status(
      DSLContext sql, Actor actor, FormTemplatesRecord form, String status, Instant now) {
    if (!form.getStatus().equals(status)) {
      form.setStatus(status);
      form.setVersion(form.getVersion() + 1);
      form.setUpdatedAt(now);
      Audit.store(sql, actor, form, false, now);
    }
  }
}
