package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.route.Lanes;
import dev.ledgerstone.gateway.route.RouteRule;
import dev.ledgerstone.gateway.route.Strategy;
import dev.ledgerstone.ledger.TaskType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.ToDoubleFunction;

/**
 * In which order the services of a group are tried.
 *
 * <p>Those with a rule go first where it fits, and are left out where it does not. The rest is put
 * in order by the strategy of the first of them that has none of its own.
 */
final class Choice {
  private final Lanes lanes;
  private final Ratings ratings;

  Choice(Lanes lanes, Ratings ratings) {
    this.lanes = lanes;
    this.ratings = ratings;
  }

  /**
   * Puts a group in order.
   *
   * @param group services in the order of their priorities
   * @return those that may be tried; empty if every rule is against it
   */
  List<Candidate> order(List<Candidate> group, TaskType task, Asked asked) {
    List<Candidate> ruled = new ArrayList<>();
    List<Candidate> rest = new ArrayList<>();
    for (Candidate candidate : group) {
      ServiceEntry service = candidate.service();
      if (service == null || service.strategy() != Strategy.RULE) {
        rest.add(candidate);
      } else if (fits(service, task, asked)) {
        ruled.add(candidate);
      }
    }
    if (!rest.isEmpty()) {
      ruled.addAll(order(rest, strategy(rest.getFirst()), task, asked));
    }
    return ruled;
  }

  private static Strategy strategy(Candidate candidate) {
    ServiceEntry service = candidate.service();
    return service == null ? Strategy.PRIORITY : service.strategy();
  }

  private static boolean fits(ServiceEntry service, TaskType task, Asked asked) {
    RouteRule rule = service.rule();
    return rule == null
        || rule.fits(
            new RouteRule.Traits(
                task,
                asked.likelyInputTokens(),
                asked.request().images() > 0,
                asked.request().tools() > 0,
                asked.request().isStream(),
                asked.tags()));
  }

  private List<Candidate> order(
      List<Candidate> group, Strategy strategy, TaskType task, Asked asked) {
    if (group.size() == 1) {
      return group;
    }
    return switch (strategy) {
      case PRIORITY, RULE -> group;
      case WEIGHTED -> drawn(group);
      case CHEAPEST -> sorted(group, candidate -> asked.worstCase().applyAsLong(candidate));
      case FASTEST -> {
        boolean isStream = asked.request().isStream();
        yield sorted(
            group,
            candidate -> {
              UUID service = candidate.serviceId();
              return service == null ? 0 : lanes.expectedNanos(service, isStream);
            });
      }
      case BEST_RATED -> {
        Ratings.OfTenant of = ratings.of(asked.tenant());
        yield sorted(
            group,
            candidate -> {
              UUID service = candidate.serviceId();
              return service == null ? 0 : -of.rating(service, task);
            });
      }
    };
  }

  /** By a figure, the lowest first; each is asked once, and equals keep their order. */
  private static List<Candidate> sorted(List<Candidate> group, ToDoubleFunction<Candidate> by) {
    record Ranked(Candidate candidate, double figure) {}
    List<Ranked> ranked = new ArrayList<>(group.size());
    for (Candidate candidate : group) {
      ranked.add(new Ranked(candidate, by.applyAsDouble(candidate)));
    }
    ranked.sort(Comparator.comparingDouble(Ranked::figure));
    return ranked.stream().map(Ranked::candidate).toList();
  }

  /** By lot: each place goes to one of those that are left, by their weights. */
  private static List<Candidate> drawn(List<Candidate> group) {
    List<Candidate> left = new ArrayList<>(group);
    List<Candidate> drawn = new ArrayList<>(group.size());
    while (!left.isEmpty()) {
      drawn.add(left.remove(draw(left)));
    }
    return drawn;
  }

  private static int draw(List<Candidate> left) {
    long sum = left.stream().mapToLong(Choice::weight).sum();
    if (sum > 0) {
      long at = ThreadLocalRandom.current().nextLong(sum);
      for (int i = 0; i < left.size(); i++) {
        at -= weight(left.get(i));
        if (at < 0) {
          return i;
        }
      }
    }
    return 0;
  }

  private static int weight(Candidate candidate) {
    ServiceEntry service = candidate.service();
    return service == null ? 1 : service.weight();
  }
}
