package dev.ledgerstone.http;

import io.helidon.common.uri.UriPath;
import io.helidon.http.PathMatcher;
import io.helidon.http.PathMatchers;
import io.helidon.http.PathMatchers.MatchResult;
import io.helidon.http.PathMatchers.PrefixMatchResult;
import java.util.Optional;

/**
 * A route's pattern, whose beginning is looked at first: routes are tried one after another, a
 * pattern with parameters is a regular expression, and a request passes by a hundred of them.
 */
final class PathPattern implements PathMatcher {
  private final String beginning;
  private final PathMatcher whole;

  private PathPattern(String beginning, PathMatcher whole) {
    this.beginning = beginning;
    this.whole = whole;
  }

  static PathMatcher of(String pattern) {
    PathMatcher whole = PathMatchers.create(pattern);
    int end = 0;
    while (end < pattern.length() && "{}[]*+()\\".indexOf(pattern.charAt(end)) < 0) {
      end++;
    }
    // Up to the last slash, which may itself be left out.
    int slash = pattern.substring(0, end).lastIndexOf('/');
    return end == pattern.length() || slash <= 0
        ? whole
        : new PathPattern(pattern.substring(0, slash), whole);
  }

  @Override
  public MatchResult match(UriPath path) {
    return path.path().startsWith(beginning) ? whole.match(path) : MatchResult.notAccepted();
  }

  @Override
  public PrefixMatchResult prefixMatch(UriPath path) {
    return path.path().startsWith(beginning)
        ? whole.prefixMatch(path)
        : PrefixMatchResult.notAccepted();
  }

  @Override
  public Optional<String> matchingElement() {
    return whole.matchingElement();
  }

  @Override
  public String toString() {
    return whole.toString();
  }
}
