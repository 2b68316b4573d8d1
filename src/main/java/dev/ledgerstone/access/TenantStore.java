package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.ROLES;
import static dev.ledgerstone.db.schema.Tables.ROLE_PERMISSIONS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.TenantsRecord;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jooq.TableField;
import org.jspecify.annotations.Nullable;

/** Tenants, and the built-in roles of the platform. */
public final class TenantStore {
  private static final Pattern SLUG = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");

  /**
   * What each built-in role may do: the permission, and whether it reaches only the caller's own
   * rows.
   */
  private static final Map<String, List<Caller.Grant>> ROLES_BUILT_IN =
      Map.of(
          "OWNER", List.of(all("*")),
          "ADMIN", List.of(all("*")),
          "MEMBER",
              List.of(
                  all("gateway:read"),
                  all("gateway.ai_models:call"),
                  own("ledger:read"),
                  own("ledger.request_feedback:*"),
                  own("chat:*"),
                  own("content:*"),
                  own("files:*"),
                  own("documents:*"),
                  own("identity.api_keys:*"),
                  all("ledger.budgets:read"),
                  all("audit.form_templates:read"),
                  all("audit.form_template_versions:read"),
                  own("audit.form_submissions:*")),
          "VIEWER", List.of(all("*:read")),
          "SERVICE", List.of(all("gateway:*"), all("ledger:read")));

  /** A tenant as it is listed. */
  public record Tenant(UUID id, String slug, String name, String status, Instant createdAt) {}

  private TenantStore() {}

  private static Caller.Grant all(String permission) {
    return new Caller.Grant(Permission.of(permission), false);
  }

  private static Caller.Grant own(String permission) {
    return new Caller.Grant(Permission.of(permission), true);
  }

  /** Makes the platform's tenant and the built-in roles where they are not there. */
  public static void seed(DSLContext sql, Instant now) {
    sql.insertInto(TENANTS)
        .set(TENANTS.ID, Tenants.PLATFORM)
        .set(TENANTS.SLUG, "platform")
        .set(TENANTS.NAME, "Platform")
        .set(TENANTS.CREATED_AT, now)
        .set(TENANTS.UPDATED_AT, now)
        .onConflict(TENANTS.SLUG)
        .doNothing()
        .execute();
    ROLES_BUILT_IN.forEach((name, grants) -> seedRole(sql, name, grants, now));
  }

  private static void seedRole(
      DSLContext sql, String name, List<Caller.Grant> grants, Instant now) {
    sql.insertInto(ROLES)
        .set(ROLES.ID, Ids.next())
        .set(ROLES.TENANT_ID, Tenants.PLATFORM)
        .set(ROLES.NAME, name)
        .set(ROLES.IS_BUILTIN, true)
        .set(ROLES.CREATED_AT, now)
        .set(ROLES.UPDATED_AT, now)
        .onConflict(ROLES.TENANT_ID, ROLES.NAME)
        .doNothing()
        .execute();
    UUID id =
        sql.select(ROLES.ID)
            .from(ROLES)
            .where(ROLES.TENANT_ID.eq(Tenants.PLATFORM).and(ROLES.NAME.eq(name)))
            .fetchSingle(ROLES.ID);
    // What a later version grants comes to a role that is there already.
    for (Caller.Grant grant : grants) {
      sql.insertInto(ROLE_PERMISSIONS)
          .set(ROLE_PERMISSIONS.ID, Ids.next())
          .set(ROLE_PERMISSIONS.TENANT_ID, Tenants.PLATFORM)
          .set(ROLE_PERMISSIONS.ROLE_ID, id)
          .set(ROLE_PERMISSIONS.PERMISSION, grant.permission().toString())
          .set(ROLE_PERMISSIONS.ROW_SCOPE, grant.ownRowsOnly() ? "OWN" : "TENANT")
          .set(ROLE_PERMISSIONS.CREATED_AT, now)
          .set(ROLE_PERMISSIONS.UPDATED_AT, now)
          .onConflict(
              ROLE_PERMISSIONS.TENANT_ID, ROLE_PERMISSIONS.ROLE_ID, ROLE_PERMISSIONS.PERMISSION)
          .doNothing()
          .execute();
    }
  }

  /**
   * Makes a tenant.
   *
   * @param actor of whatever tenant: it is written into the new one's log
   */
  public static UUID create(DSLContext sql, Actor actor, String slug, String name, Instant now) {
    String _ = slug(slug);
    if (find(sql, slug) != null) {
      throw new RequestProblem.Conflict(
              "there is a tenant " + slug + " already", "choose another slug")
          .exception();
    }
    UUID id = Ids.next();
    sql.insertInto(TENANTS)
        .set(TENANTS.ID, id)
        .set(TENANTS.SLUG, slug)
        .set(TENANTS.NAME, name)
        .set(TENANTS.CREATED_AT, now)
        .set(TENANTS.UPDATED_AT, now)
        .execute();
    Audit.inserted(sql, actor.in(id), TENANTS, id, now);
    return id;
  }

  /** A short name, if it can be one. */
  public static String slug(String slug) {
    if (!SLUG.matcher(slug).matches()) {
      throw new RequestProblem.Invalid(
              "slug",
              "\"" + slug + "\" is no tenant's name",
              "use lower case letters, digits and dashes: acme-labs")
          .exception();
    }
    return slug;
  }

  /** A tenant's id by its slug; null if there is none. */
  public static @Nullable UUID find(DSLContext sql, String slug) {
    return sql.select(TENANTS.ID).from(TENANTS).where(TENANTS.SLUG.eq(slug)).fetchOne(TENANTS.ID);
  }

  /** A tenant's id by its slug. */
  public static UUID require(DSLContext sql, String slug) {
    UUID id = find(sql, slug);
    if (id == null) {
      throw new RequestProblem.NotFound("tenant", slug).exception();
    }
    return id;
  }

  /** All tenants but the platform's. */
  public static List<Tenant> list(DSLContext sql) {
    return sql.selectFrom(TENANTS)
        .where(TENANTS.ID.ne(Tenants.PLATFORM))
        .orderBy(TENANTS.SLUG)
        .fetch(
            row ->
                new Tenant(
                    row.getId(),
                    row.getSlug(),
                    row.getName(),
                    row.getStatus(),
                    row.getCreatedAt()));
  }

  /**
   * Sets whether a tenant's keys and sessions work.
   *
   * @param actor of whatever tenant
   */
  public static void setStatus(
      DSLContext sql, Actor actor, String slug, String status, Instant now) {
    TenantsRecord row =
        Dialect.locked(
                sql,
                sql.selectFrom(TENANTS)
                    .where(TENANTS.SLUG.eq(slug))
                    .and(TENANTS.ID.ne(Tenants.PLATFORM)))
            .fetchOptional()
            .orElseThrow(() -> new RequestProblem.NotFound("tenant", slug).exception());
    set(row, TENANTS.STATUS, status);
    store(sql, actor.in(row.getId()), row, now);
  }

  private static void store(DSLContext sql, Actor actor, TenantsRecord row, Instant now) {
    if (row.modified()) {
      row.setUpdatedAt(now);
      row.setVersion(row.getVersion() + 1);
      Audit.store(sql, actor, row, false, now);
    }
  }

  /** A tenant's row. */
  static TenantsRecord row(DSLContext sql, UUID tenant) {
    return sql.selectFrom(TENANTS).where(TENANTS.ID.eq(tenant)).fetchSingle();
  }

  /** Whether bodies of model calls are kept. */
  enum RequestBodies {
    OFF,
    REDACTED,
    KEPT
  }

  /** What of a tenant its owners may change; null: stays. */
  record Change(
      @Nullable String name,
      @Nullable String timezone,
      @Nullable RequestBodies requestBodies,
      @Nullable Integer requestBodyDays) {}

  /**
   * Changes the actor's tenant, if anything of it becomes another.
   *
   * @param check refuses a version that the caller has not seen
   */
  static TenantsRecord change(
      DSLContext sql, Actor actor, LongConsumer check, Change change, Instant now) {
    TenantsRecord row =
        Dialect.locked(sql, sql.selectFrom(TENANTS).where(TENANTS.ID.eq(actor.tenant())))
            .fetchSingle();
    check.accept(row.getVersion());
    set(row, TENANTS.NAME, change.name);
    set(row, TENANTS.TIMEZONE, change.timezone);
    set(
        row,
        TENANTS.REQUEST_BODIES,
        change.requestBodies == null ? null : change.requestBodies.name());
    set(row, TENANTS.REQUEST_BODY_DAYS, change.requestBodyDays);
    store(sql, actor, row, now);
    return row;
  }

  private static <T> void set(
      TenantsRecord row, TableField<TenantsRecord, T> column, @Nullable T value) {
    if (value != null && !value.equals(row.get(column))) {
      row.set(column, value);
    }
  }
}
