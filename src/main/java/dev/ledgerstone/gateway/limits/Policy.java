package dev.ledgerstone.gateway.limits;

import dev.ledgerstone.base.Money;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How much a subject may do in a window. A row of rate_limit_policies, or an entry of a key's own
 * limits.
 *
 * @param tenant who made the policy: it holds that tenant's calls only; the platform's hold all
 * @param subject an id, an address or a model's name; {@link #EACH}: each subject of the kind has a
 *     quota of its own
 * @param quota how many units the bucket gains in a window, evenly; for {@link Unit#CONCURRENT} and
 *     {@link Unit#BACKGROUND} how many there are at once
 * @param burst how many units more than the quota may come at once after a quiet time
 * @param priority policies with lower numbers are asked first
 * @param adjustment how the quota follows behaviour; null: it stands still
 */
public record Policy(
    UUID id,
    UUID tenant,
    SubjectKind subjectKind,
    String subject,
    long quota,
    Duration window,
    Unit unit,
    long burst,
    int priority,
    @Nullable Adjustment adjustment) {
  /** A policy whose quota stands still. */
  public Policy(
      UUID id,
      UUID tenant,
      SubjectKind subjectKind,
      String subject,
      long quota,
      Duration window,
      Unit unit,
      long burst,
      int priority) {
    this(id, tenant, subjectKind, subject, quota, window, unit, burst, priority, null);
  }

  /** The subject of a policy that gives each subject a quota of its own. */
  public static final String EACH = "*";

  public Policy {
    if (quota <= 0 || burst < 0 || window.toMillis() <= 0) {
      throw new IllegalArgumentException("quota and window are above zero, burst is not below");
    }
    if (unit == Unit.BACKGROUND && !subjectKind.hasResponses()) {
      throw new IllegalArgumentException(
          "responses in the background are counted by tenant, user and key alone");
    }
    if (!subject.equals(EACH)) {
      subject = subjectKind.parse(subject).toString();
    }
  }

  boolean holdsEach() {
    return subject.equals(EACH) || subjectKind == SubjectKind.GLOBAL;
  }

  /** The most that can be taken at once. */
  long capacity() {
    return unit.isAtOnce() ? quota : Money.plus(quota, burst);
  }

  /** The same with the share of its quota and burst that is left after so many halvings. */
  Policy halved(int times, Adjustment by) {
    return new Policy(
        id,
        tenant,
        subjectKind,
        subject,
        Math.max(by.leastOf(quota), quota >> times),
        window,
        unit,
        burst >> times,
        priority,
        adjustment);
  }

  /** Stable and readable: {@code api_key-requests-60s}, {@code model-concurrent}. */
  String name() {
    String what = subjectKind.title() + "-" + unit.title();
    if (unit.isAtOnce()) {
      return what;
    }
    long millis = window.toMillis();
    return what + "-" + (millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms");
  }
}
