package java

// methodID names a Java method; the compiled template calls by number.
type Method uint16

// MethodNamed is the number of a method, mNone for a name that no value has.
func MethodNamed(name string) Method { return MethodNames[name] }

// Drops tells the methods that can take a value out of a collection.
func (m Method) Drops() bool {
	switch m {
	case mClear, mRemove, mRemoveAll, mRetainAll, mPut, mPutAll, mSet, mSetValue, mReplace:
		return true
	}
	return false
}

const (
	mNone Method = iota
	mAbs
	mAdd
	mAddAll
	mAppendElement
	mBase64Decode
	mBase64Encode
	mBitCount
	mBitLength
	mBooleanValue
	mByteValue
	mByteValueExact
	mCharAt
	mCharValue
	mChars
	mClear
	mClone
	mCodePointAt
	mCodePoints
	mCompare
	mCompareTo
	mCompareToIgnoreCase
	mComparingByKey
	mComparingByValue
	mConcat
	mContains
	mContainsAll
	mContainsKey
	mContainsValue
	mContentEquals
	mDescribeConstable
	mDivide
	mDoubleValue
	mEndsWith
	mEnsureCapacity
	mEntrySet
	mEquals
	mEqualsIgnoreCase
	mEscapeJavaScript
	mFloatValue
	mFormat
	mFormatted
	mGcd
	mGet
	mGetBody
	mGetBytes
	mGetClass
	mGetCount
	mGetFirst
	mGetHasNext
	mGetIndex
	mGetInfo
	mGetKey
	mGetLast
	mGetLowestSetBit
	mGetName
	mGetNumericValue
	mGetOrDefault
	mGetParent
	mGetReplaced
	mGetTopmost
	mGetValue
	mHasNext
	mHashCode
	mHighestOneBit
	mIndent
	mIndexOf
	mIntValue
	mIntValueExact
	mIntern
	mIsBlank
	mIsDigit
	mIsEmpty
	mIsFinite
	mIsFirst
	mIsInfinite
	mIsLast
	mIsLetter
	mIsLetterOrDigit
	mIsLowerCase
	mIsNaN
	mIsUpperCase
	mIsWhitespace
	mIterator
	mJoin
	mJson
	mKeySet
	mLastIndexOf
	mLength
	mLines
	mListIterator
	mLogicalAnd
	mLogicalOr
	mLogicalXor
	mLongValue
	mLongValueExact
	mLowestOneBit
	mMatches
	mMax
	mMin
	mMod
	mMultiply
	mNegate
	mNext
	mNextProbablePrime
	mNot
	mNotifyAll
	mNumberOfLeadingZeros
	mNumberOfTrailingZeros
	mParallelStream
	mParams
	mParseBoolean
	mParseDouble
	mParseFloat
	mParseInt
	mParseJson
	mParseLong
	mPath
	mPlus
	mPow
	mPrecision
	mPut
	mPutAll
	mPutIfAbsent
	mRegionMatches
	mRemainder
	mRemove
	mRemoveAll
	mRepeat
	mReplace
	mReplaceAll
	mReplaceFirst
	mRetainAll
	mReverse
	mScale
	mSet
	mSetScale
	mSetValue
	mShortValue
	mShortValueExact
	mSignum
	mSize
	mSort
	mSplit
	mSpliterator
	mSqrt
	mSqrtAndRemainder
	mStartsWith
	mStream
	mStrip
	mStripIndent
	mStripLeading
	mStripTrailing
	mStripTrailingZeros
	mSubList
	mSubSequence
	mSubstring
	mSubtract
	mSum
	mToArray
	mToBigInteger
	mToBigIntegerExact
	mToBinaryString
	mToByteArray
	mToCharArray
	mToEngineeringString
	mToHexString
	mToJSONString
	mToLowerCase
	mToOctalString
	mToPlainString
	mToString
	mToUpperCase
	mTranslateEscapes
	mTrim
	mTrimToSize
	mUlp
	mUnscaledValue
	mUrlDecode
	mUrlEncode
	mValueOf
	mValues
)

// MethodNames are the methods that exist on any value.
var MethodNames = map[string]Method{
	"abs":                   mAbs,
	"add":                   mAdd,
	"addAll":                mAddAll,
	"appendElement":         mAppendElement,
	"base64Decode":          mBase64Decode,
	"base64Encode":          mBase64Encode,
	"bitCount":              mBitCount,
	"bitLength":             mBitLength,
	"booleanValue":          mBooleanValue,
	"byteValue":             mByteValue,
	"byteValueExact":        mByteValueExact,
	"charAt":                mCharAt,
	"charValue":             mCharValue,
	"chars":                 mChars,
	"clear":                 mClear,
	"clone":                 mClone,
	"codePointAt":           mCodePointAt,
	"codePoints":            mCodePoints,
	"compare":               mCompare,
	"compareTo":             mCompareTo,
	"compareToIgnoreCase":   mCompareToIgnoreCase,
	"comparingByKey":        mComparingByKey,
	"comparingByValue":      mComparingByValue,
	"concat":                mConcat,
	"contains":              mContains,
	"containsAll":           mContainsAll,
	"containsKey":           mContainsKey,
	"containsValue":         mContainsValue,
	"contentEquals":         mContentEquals,
	"describeConstable":     mDescribeConstable,
	"divide":                mDivide,
	"doubleValue":           mDoubleValue,
	"endsWith":              mEndsWith,
	"ensureCapacity":        mEnsureCapacity,
	"entrySet":              mEntrySet,
	"equals":                mEquals,
	"equalsIgnoreCase":      mEqualsIgnoreCase,
	"escapeJavaScript":      mEscapeJavaScript,
	"floatValue":            mFloatValue,
	"format":                mFormat,
	"formatted":             mFormatted,
	"gcd":                   mGcd,
	"get":                   mGet,
	"getBody":               mGetBody,
	"getBytes":              mGetBytes,
	"getClass":              mGetClass,
	"getCount":              mGetCount,
	"getFirst":              mGetFirst,
	"getHasNext":            mGetHasNext,
	"getIndex":              mGetIndex,
	"getInfo":               mGetInfo,
	"getKey":                mGetKey,
	"getLast":               mGetLast,
	"getLowestSetBit":       mGetLowestSetBit,
	"getName":               mGetName,
	"getNumericValue":       mGetNumericValue,
	"getOrDefault":          mGetOrDefault,
	"getParent":             mGetParent,
	"getReplaced":           mGetReplaced,
	"getTopmost":            mGetTopmost,
	"getValue":              mGetValue,
	"hasNext":               mHasNext,
	"hashCode":              mHashCode,
	"highestOneBit":         mHighestOneBit,
	"indent":                mIndent,
	"indexOf":               mIndexOf,
	"intValue":              mIntValue,
	"intValueExact":         mIntValueExact,
	"intern":                mIntern,
	"isBlank":               mIsBlank,
	"isDigit":               mIsDigit,
	"isEmpty":               mIsEmpty,
	"isFinite":              mIsFinite,
	"isFirst":               mIsFirst,
	"isInfinite":            mIsInfinite,
	"isLast":                mIsLast,
	"isLetter":              mIsLetter,
	"isLetterOrDigit":       mIsLetterOrDigit,
	"isLowerCase":           mIsLowerCase,
	"isNaN":                 mIsNaN,
	"isUpperCase":           mIsUpperCase,
	"isWhitespace":          mIsWhitespace,
	"iterator":              mIterator,
	"join":                  mJoin,
	"json":                  mJson,
	"keySet":                mKeySet,
	"lastIndexOf":           mLastIndexOf,
	"length":                mLength,
	"lines":                 mLines,
	"listIterator":          mListIterator,
	"logicalAnd":            mLogicalAnd,
	"logicalOr":             mLogicalOr,
	"logicalXor":            mLogicalXor,
	"longValue":             mLongValue,
	"longValueExact":        mLongValueExact,
	"lowestOneBit":          mLowestOneBit,
	"matches":               mMatches,
	"max":                   mMax,
	"min":                   mMin,
	"mod":                   mMod,
	"multiply":              mMultiply,
	"negate":                mNegate,
	"next":                  mNext,
	"nextProbablePrime":     mNextProbablePrime,
	"not":                   mNot,
	"notifyAll":             mNotifyAll,
	"numberOfLeadingZeros":  mNumberOfLeadingZeros,
	"numberOfTrailingZeros": mNumberOfTrailingZeros,
	"parallelStream":        mParallelStream,
	"params":                mParams,
	"parseBoolean":          mParseBoolean,
	"parseDouble":           mParseDouble,
	"parseFloat":            mParseFloat,
	"parseInt":              mParseInt,
	"parseJson":             mParseJson,
	"parseLong":             mParseLong,
	"path":                  mPath,
	"plus":                  mPlus,
	"pow":                   mPow,
	"precision":             mPrecision,
	"put":                   mPut,
	"putAll":                mPutAll,
	"putIfAbsent":           mPutIfAbsent,
	"regionMatches":         mRegionMatches,
	"remainder":             mRemainder,
	"remove":                mRemove,
	"removeAll":             mRemoveAll,
	"repeat":                mRepeat,
	"replace":               mReplace,
	"replaceAll":            mReplaceAll,
	"replaceFirst":          mReplaceFirst,
	"retainAll":             mRetainAll,
	"reverse":               mReverse,
	"scale":                 mScale,
	"set":                   mSet,
	"setScale":              mSetScale,
	"setValue":              mSetValue,
	"shortValue":            mShortValue,
	"shortValueExact":       mShortValueExact,
	"signum":                mSignum,
	"size":                  mSize,
	"sort":                  mSort,
	"split":                 mSplit,
	"spliterator":           mSpliterator,
	"sqrt":                  mSqrt,
	"sqrtAndRemainder":      mSqrtAndRemainder,
	"startsWith":            mStartsWith,
	"stream":                mStream,
	"strip":                 mStrip,
	"stripIndent":           mStripIndent,
	"stripLeading":          mStripLeading,
	"stripTrailing":         mStripTrailing,
	"stripTrailingZeros":    mStripTrailingZeros,
	"subList":               mSubList,
	"subSequence":           mSubSequence,
	"substring":             mSubstring,
	"subtract":              mSubtract,
	"sum":                   mSum,
	"toArray":               mToArray,
	"toBigInteger":          mToBigInteger,
	"toBigIntegerExact":     mToBigIntegerExact,
	"toBinaryString":        mToBinaryString,
	"toByteArray":           mToByteArray,
	"toCharArray":           mToCharArray,
	"toEngineeringString":   mToEngineeringString,
	"toHexString":           mToHexString,
	"toJSONString":          mToJSONString,
	"toLowerCase":           mToLowerCase,
	"toOctalString":         mToOctalString,
	"toPlainString":         mToPlainString,
	"toString":              mToString,
	"toUpperCase":           mToUpperCase,
	"translateEscapes":      mTranslateEscapes,
	"trim":                  mTrim,
	"trimToSize":            mTrimToSize,
	"ulp":                   mUlp,
	"unscaledValue":         mUnscaledValue,
	"urlDecode":             mUrlDecode,
	"urlEncode":             mUrlEncode,
	"valueOf":               mValueOf,
	"values":                mValues,
}
