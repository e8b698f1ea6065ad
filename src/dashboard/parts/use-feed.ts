import { useEffect, useState } from "preact/hooks"
import { Feed, type FeedOptions } from "../feed.ts"

/** A feed for as long as the component shows the same thing. Null before the first. */
export const useFeed = (options: FeedOptions | null, key: string): Feed | null => {
  const [feed, setFeed] = useState<Feed | null>(null)
  useEffect(() => {
    if (options === null) return setFeed(null)
    const made = new Feed(options)
    setFeed(made)
    return () => made.close()
  }, [key])
  return feed
}
