package dev.ledgerstone.gateway.limits;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Every policy and bypass of a moment, indexed so that a call finds those that hold it by a few
 * look-ups. Immutable.
 *
 * <p>Of policies of one tenant for the same kind of subject, unit and window, the one that names
 * the subject goes before the one for each: a key's own limit may be higher as well as lower. The
 * platform's policies hold beside a tenant's own, so that a tenant cannot loosen them.
 */
public final class Policies {
  /** The order in which buckets are asked, and of two policies that say the same the better. */
  private static final Comparator<Policy> ORDER =
      Comparator.comparingInt(Policy::priority)
          .thenComparing(Policy::subjectKind)
          .thenComparing(Policy::unit)
          .thenComparing(Policy::window)
          .thenComparingLong(Policy::quota)
          .thenComparing(Policy::subject)
          .thenComparing(Policy::id);

  private static final Comparator<Demand> BY_RANK =
      Comparator.comparingInt(demand -> demand.rule().rank());

  private static final Scope NOTHING = new Scope(List.of());

  private final Scope platform;
  private final Map<UUID, Scope> tenants;

  private Policies(Scope platform, Map<UUID, Scope> tenants) {
    this.platform = platform;
    this.tenants = tenants;
  }

  /** No limits at all. */
  public static Policies none() {
    return new Policies(NOTHING, Map.of());
  }

  /**
   * Indexes policies and bypasses.
   *
   * @param platform the tenant whose policies hold every tenant's calls
   */
  public static Policies of(
      Collection<Policy> policies, Collection<Bypass> bypasses, UUID platform) {
    List<Policy> ordered = policies.stream().sorted(ORDER).toList();
    List<Rule> rules = new ArrayList<>(ordered.size());
    for (Policy policy : ordered) {
      rules.add(Rule.of(policy, rules.size(), policy.tenant().equals(platform)));
    }
    Map<UUID, List<Rule>> rulesOf = rules.stream().collect(groupingBy(r -> r.policy().tenant()));
    Map<UUID, List<Bypass>> bypassesOf = bypasses.stream().collect(groupingBy(Bypass::tenant));
    Map<UUID, Scope> tenants = new HashMap<>();
    rulesOf.forEach(
        (tenant, held) ->
            tenants.put(tenant, Scope.of(held, bypassesOf.getOrDefault(tenant, List.of()))));
    bypassesOf.forEach(
        (tenant, lifted) -> tenants.computeIfAbsent(tenant, _ -> Scope.of(List.of(), lifted)));
    Scope platforms = tenants.remove(platform);
    return new Policies(platforms == null ? NOTHING : platforms, Map.copyOf(tenants));
  }

  /** What a call takes, in the fixed order of the policies. */
  List<Demand> demands(Subjects subjects, Worst worst, InstantSource clock, Behaviour behaviour) {
    return demands(
        subjects,
        worst,
        unit -> unit != Unit.BACKGROUND && (unit != Unit.NANOS || worst.nanos() > 0),
        clock,
        behaviour);
  }

  /** What a response in the background takes when it is asked for, in the same order. */
  List<Demand> background(Subjects subjects, InstantSource clock, Behaviour behaviour) {
    return demands(subjects, new Worst(0, 0), Unit.BACKGROUND::equals, clock, behaviour);
  }

  private List<Demand> demands(
      Subjects subjects,
      Worst worst,
      Predicate<Unit> units,
      InstantSource clock,
      Behaviour behaviour) {
    if (platform.lifts(subjects, clock)) {
      return List.of();
    }
    Scope own = tenants.getOrDefault(subjects.tenant(), NOTHING);
    List<Demand> demands = new ArrayList<>(4);
    platform.collect(subjects, worst, units, behaviour, demands);
    if (!own.lifts(subjects, clock)) {
      own.collect(subjects, worst, units, behaviour, demands);
    }
    demands.sort(BY_RANK);
    return demands;
  }

  /** What one tenant has set, by the kind of subject; kinds without anything are left out. */
  private record Scope(List<Kind> kinds) {
    static Scope of(List<Rule> rules, List<Bypass> bypasses) {
      Map<SubjectKind, List<Rule>> byKind =
          rules.stream()
              .collect(
                  groupingBy(
                      rule -> rule.policy().subjectKind(),
                      () -> new EnumMap<>(SubjectKind.class),
                      toList()));
      List<Kind> kinds = new ArrayList<>();
      for (SubjectKind kind : SubjectKind.values()) {
        List<Rule> held = byKind.getOrDefault(kind, List.of());
        List<Bypass> lifted = bypasses.stream().filter(b -> b.subjectKind() == kind).toList();
        if (!held.isEmpty() || !lifted.isEmpty()) {
          kinds.add(Kind.of(kind, held, lifted));
        }
      }
      return new Scope(List.copyOf(kinds));
    }

    boolean lifts(Subjects subjects, InstantSource clock) {
      for (Kind kind : kinds) {
        if (!kind.lifted.isEmpty() && kind.lifts(subjects, clock)) {
          return true;
        }
      }
      return false;
    }

    void collect(
        Subjects subjects,
        Worst worst,
        Predicate<Unit> units,
        Behaviour behaviour,
        List<Demand> demands) {
      for (Kind kind : kinds) {
        Object subject = kind.subject(subjects, kind.named);
        if (subject != null) {
          for (Rule rule : kind.named.getOrDefault(subject, kind.each)) {
            if (units.test(rule.policy().unit())) {
              Rule now = behaviour.now(rule, subject);
              demands.add(new Demand(now, subject, now.amount(worst)));
            }
          }
        }
      }
    }
  }

  /**
   * The policies for one kind of subject.
   *
   * @param each the rules for a subject that none names
   * @param named for each named subject all of its rules, those for each among them
   * @param lifted until when which subject is let through; {@link Policy#EACH}: all of them
   */
  private record Kind(
      SubjectKind kind,
      List<Rule> each,
      Map<Object, List<Rule>> named,
      Map<Object, Instant> lifted) {
    static Kind of(SubjectKind kind, List<Rule> rules, List<Bypass> bypasses) {
      Map<Span, Rule> each = new HashMap<>();
      for (Rule rule : rules) {
        if (rule.policy().holdsEach()) {
          each.putIfAbsent(Span.of(rule), rule); // the first is the better one
        }
      }
      Map<Object, Map<Span, Rule>> named = new HashMap<>();
      for (Rule rule : rules) {
        if (!rule.policy().holdsEach()) {
          named
              .computeIfAbsent(kind.parse(rule.policy().subject()), _ -> new HashMap<>())
              .putIfAbsent(Span.of(rule), rule);
        }
      }
      Map<Object, List<Rule>> whole = new HashMap<>();
      named.forEach(
          (subject, own) -> {
            each.forEach(own::putIfAbsent);
            whole.put(subject, List.copyOf(own.values()));
          });
      Map<Object, Instant> lifted = new HashMap<>();
      for (Bypass bypass : bypasses) {
        Object subject =
            bypass.subject().equals(Policy.EACH) ? Policy.EACH : kind.parse(bypass.subject());
        lifted.merge(subject, bypass.until(), (a, b) -> a.isAfter(b) ? a : b);
      }
      return new Kind(kind, List.copyOf(each.values()), Map.copyOf(whole), Map.copyOf(lifted));
    }

    /**
     * The call's subject. A model is {@code provider/model}; where that is not named and the bare
     * model is, it is the bare one: the same model of every provider in one bucket. An address of
     * IPv6 that is not named is its network of 64 bits: who has one of its addresses has them all.
     */
    @Nullable Object subject(Subjects subjects, Map<Object, ?> among) {
      Object subject = kind.of(subjects);
      if (kind == SubjectKind.IP && subject instanceof String ip && ip.indexOf(':') >= 0) {
        return among.containsKey(ip) ? ip : SubjectKind.network(ip);
      }
      if (kind == SubjectKind.MODEL && subject instanceof String model && !among.isEmpty()) {
        String bare = model.substring(model.indexOf('/') + 1);
        return !among.containsKey(model) && among.containsKey(bare) ? bare : model;
      }
      return subject;
    }

    boolean lifts(Subjects subjects, InstantSource clock) {
      Object subject = subject(subjects, lifted);
      if (subject == null) {
        return false;
      }
      Instant now = clock.instant();
      return now.isBefore(lifted.getOrDefault(subject, Instant.MIN))
          || now.isBefore(lifted.getOrDefault(Policy.EACH, Instant.MIN));
    }
  }

  /** What makes two policies of one kind of subject speak of the same thing. */
  private record Span(Unit unit, long millis) {
    static Span of(Rule rule) {
      Policy policy = rule.policy();
      return policy.unit().isAtOnce()
          ? new Span(policy.unit(), 0)
          : new Span(policy.unit(), policy.window().toMillis());
    }
  }
}
