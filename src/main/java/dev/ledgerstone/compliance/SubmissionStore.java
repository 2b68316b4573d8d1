package dev.ledgerstone.compliance;

import static dev.ledgerstone.db.schema.Tables.FORM_SUBMISSIONS;
import static dev.ledgerstone.db.schema.Tables.FORM_TEMPLATES;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.FormSubmissionsRecord;
import dev.ledgerstone.db.schema.tables.records.FormTemplateVersionsRecord;
import dev.ledgerstone.db.schema.tables.records.FormTemplatesRecord;
import dev.ledgerstone.http.DataSchema;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Forms as people filled them in: never changed, and corrected by another one. */
final class SubmissionStore {
  /** Faults of one submission that are told by name. */
  private static final int MOST_NAMED = 20;

  private SubmissionStore() {}

  /**
   * What somebody filled in.
   *
   * @param number of the form's version; empty: the published one
   * @param corrects in whose place it is to stand; null: it is a first one
   * @param reason why it corrects that
   */
  record Wish(
      Optional<Integer> number,
      ObjectNode data,
      @Nullable UUID corrects,
      @Nullable String reason) {}

  /** A form that a tenant may fill in: its own, or the platform's. */
  static FormTemplatesRecord form(DSLContext sql, UUID tenant, UUID id) {
    FormTemplatesRecord form =
        sql.fetchOne(
            FORM_TEMPLATES,
            FORM_TEMPLATES
                .TENANT_ID
                .in(tenant, Tenants.PLATFORM)
                .and(FORM_TEMPLATES.ID.eq(id))
                .and(FORM_TEMPLATES.DELETED_AT.isNull()));
    if (form == null) {
      throw new RequestProblem.NotFound("form", id.toString()).exception();
    }
    return form;
  }

  /** Takes a form that was filled in. */
  static FormSubmissionsRecord submit(
      DSLContext sql, Actor actor, Sight sight, UUID formId, Wish wish, Instant now) {
    FormTemplatesRecord form = form(sql, sight.tenant(), formId);
    FormSubmissionsRecord corrected =
        wish.corrects == null ? null : correctable(sql, sight, form, wish.corrects);
    FormTemplateVersionsRecord version = version(sql, form, wish.number, corrected);
    check(version, wish.data);
    FormSubmissionsRecord row = sql.newRecord(FORM_SUBMISSIONS);
    row.setId(Ids.next());
    row.setTenantId(sight.tenant());
    row.setTemplateId(form.getId());
    row.setVersionId(version.getId());
    row.setNumber(version.getNumber());
    row.setData(wish.data);
    row.set(FORM_SUBMISSIONS.CORRECTS_ID, wish.corrects);
    row.set(FORM_SUBMISSIONS.REASON, wish.reason);
    row.setCreatedAt(now);
    row.set(FORM_SUBMISSIONS.CREATED_BY, actor.user());
    Audit.store(sql, actor, row, true, now);
    return row;
  }

  /** One that was not corrected yet, locked: two corrections of it are one too many. */
  private static FormSubmissionsRecord correctable(
      DSLContext sql, Sight sight, FormTemplatesRecord form, UUID id) {
    FormSubmissionsRecord found =
        found(
            Dialect.locked(sql, sql.selectFrom(FORM_SUBMISSIONS).where(isOne(sight, form, id)))
                .fetchOne(),
            id);
    UUID by = correctedBy(sql, found);
    if (by != null) {
      throw new RequestProblem.Conflict(
              "submission " + id + " was corrected already, by " + by,
              "correct the last one: corrects " + by)
          .exception();
    }
    return found;
  }

  private static Condition isOne(Sight sight, FormTemplatesRecord form, UUID id) {
    return sight
        .rows(FORM_SUBMISSIONS.TENANT_ID, FORM_SUBMISSIONS.CREATED_BY)
        .and(FORM_SUBMISSIONS.TEMPLATE_ID.eq(form.getId()))
        .and(FORM_SUBMISSIONS.ID.eq(id));
  }

  private static FormSubmissionsRecord found(@Nullable FormSubmissionsRecord row, UUID id) {
    if (row == null) {
      throw new RequestProblem.NotFound("submission", id.toString()).exception();
    }
    return row;
  }

  /** A version that may be filled in now; the one of what is corrected may, though retired. */
  private static FormTemplateVersionsRecord version(
      DSLContext sql,
      FormTemplatesRecord form,
      Optional<Integer> number,
      @Nullable FormSubmissionsRecord corrected) {
    List<FormTemplateVersionsRecord> versions = FormStore.versions(sql, form);
    Optional<FormTemplateVersionsRecord> open =
        versions.stream()
            .filter(it -> it.getPublishedAt() != null && it.getRetiredAt() == null)
            .findFirst();
    if (number.isEmpty()) {
      return open.orElseThrow(
          () ->
              new RequestProblem.Conflict(
                      "the form has no published version",
                      "publish one; a correction may name the number of the version that it corrects")
                  .exception());
    }
    FormTemplateVersionsRecord chosen =
        versions.stream()
            .filter(it -> it.getNumber().equals(number.get()))
            .findFirst()
            .orElseThrow(
                () -> new RequestProblem.NotFound("version", number.get().toString()).exception());
    boolean isOpen = open.isPresent() && open.get().getId().equals(chosen.getId());
    boolean isCorrecteds = corrected != null && corrected.getVersionId().equals(chosen.getId());
    if (!isOpen && !isCorrecteds) {
      throw new RequestProblem.Conflict(
              "version "
                  + number.get()
                  + " of the form is "
                  + (chosen.getPublishedAt() == null ? "a draft" : "retired"),
              open.map(it -> "fill in version " + it.getNumber())
                  .orElse("the form has no published version"))
          .exception();
    }
    return chosen;
  }

  /** Names every field that does not fit; the first one is the problem's own. */
  private static void check(FormTemplateVersionsRecord version, ObjectNode data) {
    List<DataSchema.Mismatch> faults = DataSchema.faults(version.getSchema(), data);
    if (faults.isEmpty()) {
      return;
    }
    String named =
        faults.stream()
            .limit(MOST_NAMED)
            .map(it -> "data" + it.path() + ": " + it.what())
            .collect(Collectors.joining("; "));
    throw new RequestProblem.Invalid(
            "data" + faults.getFirst().path(),
            faults.size() <= MOST_NAMED
                ? named
                : named + "; and " + (faults.size() - MOST_NAMED) + " more",
            "GET /api/v1/compliance/forms/"
                + version.getTemplateId()
                + " shows the schema of version "
                + version.getNumber())
        .exception();
  }

  /** One of a form's. */
  static FormSubmissionsRecord require(DSLContext sql, Sight sight, UUID formId, UUID id) {
    FormTemplatesRecord form = form(sql, sight.tenant(), formId);
    return found(sql.fetchOne(FORM_SUBMISSIONS, isOne(sight, form, id)), id);
  }

  /** Which one stands in its place; null: it stands. */
  static @Nullable UUID correctedBy(DSLContext sql, FormSubmissionsRecord row) {
    return sql.select(FORM_SUBMISSIONS.ID)
        .from(FORM_SUBMISSIONS)
        .where(FORM_SUBMISSIONS.TENANT_ID.eq(row.getTenantId()))
        .and(FORM_SUBMISSIONS.CORRECTS_ID.eq(row.getId()))
        .fetchOne(FORM_SUBMISSIONS.ID);
  }

  /**
   * A page of them, the oldest first, those that stand alone or all.
   *
   * @param after the last one of the page before; null: the first page
   */
  static List<FormSubmissionsRecord> list(
      DSLContext sql, Sight sight, UUID formId, boolean isAll, @Nullable UUID after, int most) {
    FormTemplatesRecord form = form(sql, sight.tenant(), formId);
    var later = FORM_SUBMISSIONS.as("later");
    Condition stands =
        DSL.notExists(
            sql.selectOne()
                .from(later)
                .where(later.TENANT_ID.eq(FORM_SUBMISSIONS.TENANT_ID))
                .and(later.CORRECTS_ID.eq(FORM_SUBMISSIONS.ID)));
    return sql.selectFrom(FORM_SUBMISSIONS)
        .where(sight.rows(FORM_SUBMISSIONS.TENANT_ID, FORM_SUBMISSIONS.CREATED_BY))
        .and(FORM_SUBMISSIONS.TEMPLATE_ID.eq(form.getId()))
        .and(isAll ? DSL.noCondition() : stands)
        .and(after == null ? DSL.noCondition() : FORM_SUBMISSIONS.ID.gt(after))
        .orderBy(FORM_SUBMISSIONS.ID)
        .limit(most)
        .fetch();
  }
}
