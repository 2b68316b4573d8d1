package dev.ledgerstone.gateway.limits;

import java.time.Instant;
import java.util.UUID;

/**
 * Lifts the limits of one subject for a time: its tenant's, or every one if the platform made it.
 *
 * @param subject as in {@link Policy#subject}; {@link Policy#EACH}: every subject of the kind
 * @param until exclusive
 */
public record Bypass(UUID tenant, SubjectKind subjectKind, String subject, Instant until) {
  public Bypass {
    if (!subject.equals(Policy.EACH)) {
      subject = subjectKind.parse(subject).toString();
    }
  }
}
