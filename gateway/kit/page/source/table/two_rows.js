// Headers in two rows, groups above and titles below, as the gateway joins them (gateway/checks/two_rows.py).

const ANOTHER =
  /父|母|夫|妻|配偶|双亲|监护|联系|经办|对方|男方|女方|户主|申请|father|mother|husband|wife|spouse|contact/i;

/** One header made of two rows: for each column the text by which it is known, or both where it is not. */
export function joined(isKnown, upper, lower) {
  const width = Math.max(upper.length, lower.length);
  let group = "";
  return Array.from({ length: width }, (_, place) => {
    const top = upper[place] ?? "";
    const bottom = lower[place] ?? "";
    if (top.trim()) group = top;
    else if (!bottom.trim()) group = ""; // a column without a header ends what is written over its neighbours
    return nameOf(isKnown, bottom.trim() ? group : top, bottom);
  });
}

/** A person's group makes another field of a title, known or not. */
function nameOf(isKnown, group, title) {
  if (!title.trim()) return group;
  const together = group + title;
  if (group && isKnown(together)) return together;
  return group && ANOTHER.test(group) ? together : title;
}
