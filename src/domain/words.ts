/** The words of agent ids: 256 short, kind, unambiguous words. Their order is part of the protocol. */
export const words: ReadonlyArray<string> = (
  "acorn agate alder amber anchor apple apricot aspen aster atlas aurora autumn bamboo barley basil bay beacon " +
  "berry birch bloom blossom bluebell breeze bright brook butter button calm candle canyon cape caramel cedar " +
  "cello cherry chestnut cider cinder citrus clay clear cliff cloud clover coast cobalt cocoa comet copper coral " +
  "cosmos cotton cove crane creek crest crocus crystal daisy dale dawn delta dove drift dune eagle early earth " +
  "east echo elm ember emerald evening fable falcon feather fennel fern field finch fjord flame flax flint flora " +
  "forest fox fresh frost garden garnet gentle ginger glade glen glow golden grain granite grape grass grove gull " +
  "harbor harp harvest hawk hazel heath heather heron hickory hill holly honey hope indigo iris island ivory ivy " +
  "jade jasmine jasper juniper kelp kestrel kindle kite lagoon lake lantern larch lark laurel lavender leaf lemon " +
  "lichen light lilac lily lime linden linen lotus lucky lunar lupin maple marble marigold marina meadow mellow " +
  "melody melon merry mesa mint misty moon morning moss mulberry myrtle nectar north nova nutmeg oak oasis oat " +
  "ocean olive onyx opal orange orbit orchard orchid oriole osprey otter owl palm panda paper peach pearl pebble " +
  "pepper petal pine planet plum pollen pond poplar poppy prairie quartz quiet quill quince rain raven reef ridge " +
  "river robin rose rowan ruby rustic saffron sage sand sapphire scarlet seed shell shore silk silver sky slate " +
  "snow solar song south sparrow spring spruce sunrise swallow swan sycamore tansy teal thistle thyme topaz tulip " +
  "tundra valley velvet violet walnut willow winter wisteria wren yarrow zephyr"
).split(" ")
